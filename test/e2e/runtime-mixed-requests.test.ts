/** Drafts, adapters, embeddings, slow readers, aborts and lost blocks together: each is as if alone. */
import { expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import type { GenerationRequest } from "../../runtime/engine/contract.ts";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import { FakeDevice, hiddenState } from "../support/runtime/fake-device.ts";
import { requestOf, taken } from "../support/runtime/requests.ts";
import { wholeStep } from "../support/runtime/whole-step.ts";

type Random = ReturnType<typeof seededRandom>;

/** Few tokens and a short memory: what was said comes again. */
class ForgetfulDevice extends FakeDevice {
  override next(context: readonly number[], adapter: number): number {
    let sum = adapter * 7 + 3;
    for (const token of context.slice(-2)) sum = (sum * 31 + token) % 101;
    return sum % 4;
  }
}

const sequenceTokens = 40;

function coreOf(random: Random): EngineCore {
  const draftTokens = 1 + random.below(4);
  const limits = {
    draftTokens,
    sequenceTokens,
    sequences: 2 + random.below(4),
    stepTokens: 4 + random.below(12),
  };
  return new EngineCore({
    device: new ForgetfulDevice(10 + random.below(6), limits),
    waiting: 50,
    spareFraction: random.below(3) / 20,
    preemptions: 1000,
    speculation: { tokens: draftTokens, ngram: { min: 1, max: 3 } },
  });
}

/** Many begin alike, so that blocks are found. */
function randomRequest(random: Random, beginning: readonly number[]): GenerationRequest {
  const length = 1 + random.below(16);
  const prompt = Array.from({ length }, (_, at) => beginning[at] ?? random.below(7));
  const pooling = ([undefined, "mean", "last"] as const)[random.below(6)];
  return requestOf(prompt, {
    answerTokens: pooling ? 0 : 1 + random.below(14),
    stopTokens: random.below(3) === 0 ? [2] : [],
    tenant: `${random.below(3)}`,
    priority: random.below(2),
    salt: random.below(2),
    adapter: random.below(3),
    ...(pooling && { pooling }),
  });
}

/** What one gets who is alone in the world, token by token. */
function wanted({ prompt, answerTokens, stopTokens, pooling, adapter = 0 }: GenerationRequest) {
  const context = [...prompt];
  const states = context.map((_, at) => hiddenState(context.slice(0, at + 1)));
  if (pooling === "last") return { answer: [], reason: "stop", embedding: states.at(-1) };
  if (pooling === "mean") {
    const sums = [0, 1].map((value) => states.reduce((sum, state) => sum + (state[value] ?? 0), 0));
    return { answer: [], reason: "stop", embedding: sums.map((sum) => sum / states.length) };
  }
  const device = new ForgetfulDevice();
  for (let count = 0; count < answerTokens; count += 1) {
    const token = device.next(context, adapter);
    if (stopTokens.includes(token)) return { answer: context.slice(prompt.length), reason: "stop" };
    context.push(token);
  }
  return { answer: context.slice(prompt.length), reason: "length" };
}

function play(random: Random) {
  const core = coreOf(random);
  const beginning = Array.from({ length: 12 }, () => random.below(4));
  const live = Array.from({ length: 10 }, () => {
    const request = randomRequest(random, beginning);
    return { request, ...taken(core, request) };
  });
  for (let turn = 0; !core.isIdle; turn += 1) {
    if (turn > 3000) throw new Error("the engine does not come to an end");
    for (const { generation } of live) {
      if (random.below(4) === 0) generation.hold(turn < 100 && random.below(2) === 0);
    }
    if (turn < 20 && random.below(40) === 0) live[random.below(10)]?.generation.abort();
    wholeStep(core);
  }
  return { core, live };
}

test.each([1, 2, 3])("whatever is mixed, and however crowded, each is as if alone (seed %i)", (seed) => {
  const random = seededRandom(seed);
  const sums = { acceptedTokens: 0, preemptions: 0, prefixHitTokens: 0 };
  for (let trial = 0; trial < 20; trial += 1) {
    const { core, live } = play(random);
    const ended = live.filter(({ listener }) => listener.ends[0]?.reason !== "aborted");
    const told = ended.map(({ listener: { answer, ends } }) =>
      ends.map(({ reason, answerTokens, embedding }) => {
        return { answer, reason, answerTokens, embedding: embedding && [...embedding] };
      }),
    );
    const alone = ended.map(({ request }) => {
      const { embedding, ...rest } = wanted(request);
      const near = embedding?.map((value) => expect.closeTo(value, 4));
      return [{ ...rest, answerTokens: rest.answer.length, embedding: near }];
    });
    expect(told).toEqual(alone);
    const stats = core.stats();
    expect(stats).toMatchObject({ usedBlocks: 0, running: 0, waiting: 0 });
    for (const name of ["acceptedTokens", "preemptions", "prefixHitTokens"] as const)
      sums[name] += stats[name];
  }
  for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(10);
});
