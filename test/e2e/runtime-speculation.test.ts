/** Answers with drafts are those without, whatever is asked and whoever shares the engine. */
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import type { Device, StepLimits } from "../../runtime/device/contract.ts";
import type { GenerationRequest } from "../../runtime/engine/contract.ts";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import { greedy } from "../../runtime/engine/greedy.ts";
import { FakeDevice } from "../support/runtime/fake-device.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { type Listener, requestOf, taken } from "../support/runtime/requests.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { deviceOf, paths, smallLimits } from "../support/runtime/steps.ts";
import { wholeStep } from "../support/runtime/whole-step.ts";

const ngram = { min: 1, max: 3 };

function coreOn(device: Device, tokens: number): EngineCore {
  const speculation = { tokens, ngram };
  return new EngineCore({ device, waiting: 1000, spareFraction: 0, preemptions: 1000, speculation });
}

function untilDone(core: EngineCore): void {
  for (let steps = 0; !core.isIdle; steps += 1) {
    if (steps > 100_000) throw new Error("the engine does not come to an end");
    wholeStep(core);
  }
}

/** Answers after a prompt of a few tokens repeat themselves soon: those of 8 are 8 tokens long at most. */
class RepeatingDevice extends FakeDevice {
  override next(context: readonly number[]): number {
    return (context.at(-1) ?? 0) % 8 === 7 ? (context[0] ?? 0) : ((context.at(-1) ?? 0) + 1) % 64;
  }
}

interface Asked {
  readonly request: GenerationRequest;
  readonly at: number;
  /** Tokens heard after which nobody wants more. */
  readonly abortsAfter: number;
}

function randomRequests(seed: number): Asked[] {
  const random = seededRandom(seed);
  return Array.from({ length: 60 }, (_, index) => {
    const prompt = Array.from({ length: 1 + random.below(12) }, () => random.below(64));
    const logprobs = random.below(4) - 1;
    const request = requestOf(prompt, {
      answerTokens: 1 + random.below(30),
      stopTokens: random.below(4) === 0 ? [random.below(64)] : [],
      tenant: `${random.below(3)}`,
      priority: random.below(2),
      sampling: { ...greedy, logprobs, presencePenalty: random.below(5) === 0 ? 1 : 0 },
    });
    return {
      request,
      at: index * random.below(4),
      abortsAfter: random.below(6) === 0 ? random.below(9) : 99,
    };
  });
}

function played(core: EngineCore, requests: readonly Asked[]): Listener[] {
  const listeners: Listener[] = [];
  const running: { listener: Listener; abort: () => void; asked: Asked }[] = [];
  const random = seededRandom(99);
  const waiting = [...requests];
  for (let turn = 0; waiting.length > 0 || !core.isIdle; turn += 1) {
    while (waiting[0] && waiting[0].at <= turn) {
      const asked = waiting.shift() as Asked;
      const { listener, generation } = taken(core, asked.request);
      listeners.push(listener);
      running.push({ listener, asked, abort: () => generation.abort() });
    }
    for (const { listener, abort, asked } of running) {
      if (listener.heard.length >= asked.abortsAfter && random.below(2) === 0) abort();
    }
    wholeStep(core);
  }
  return listeners;
}

describe.each([1, 4, 8])("up to %i drafts", (tokens) => {
  test.each([1, 2, 3, 4, 5])("random requests, crowded and given up, answer the same (seed %i)", (seed) => {
    const limits: Partial<StepLimits> = { draftTokens: tokens };
    const requests = randomRequests(seed);
    const plain = played(coreOn(new RepeatingDevice(20), 0), requests);
    const core = coreOn(new RepeatingDevice(20, limits), tokens);
    const found = played(core, requests);
    for (const [index, { request, abortsAfter }] of requests.entries()) {
      const [own, other] = [found[index], plain[index]];
      expect(own?.ends).toHaveLength(1);
      // Who gives up does so when it has heard enough, and hears more at a time here.
      const heard = Math.min(abortsAfter, own?.heard.length ?? 0, other?.heard.length ?? 0);
      const length = abortsAfter === 99 ? request.answerTokens : heard;
      expect(own?.heard.slice(0, length)).toEqual(other?.heard.slice(0, length));
      if (abortsAfter === 99)
        expect(own?.ends[0]).toMatchObject({ ...other?.ends[0], cachedTokens: expect.any(Number) });
    }
    expect(core.stats().acceptedTokens).toBeGreaterThan(0);
    expect(core.stats().preemptions).toBeGreaterThan(0);
    expect(core.stats().usedBlocks).toBe(0);
  });
});

test("what repeats itself takes fewer steps, and is counted", () => {
  const answerTokens = 40;
  const plain = coreOn(new RepeatingDevice(), 0);
  const drafting = coreOn(new RepeatingDevice(64, { draftTokens: 4 }), 4);
  const heard = [plain, drafting].map((core) => {
    const { listener } = taken(core, requestOf([0, 1], { answerTokens }));
    untilDone(core);
    return listener.answer;
  });
  expect(heard[1]).toEqual(heard[0]);
  expect(plain.stats().steps).toBe(40);
  const { steps, drafts, draftTokens, acceptedTokens, acceptedByPlace, generatedTokens } = drafting.stats();
  expect({ steps, drafts, draftTokens, acceptedTokens, acceptedByPlace, generatedTokens }).toEqual({
    steps: 14,
    drafts: 7,
    draftTokens: 26,
    acceptedTokens: 26,
    acceptedByPlace: [7, 7, 6, 6],
    generatedTokens: 40,
  });
});

test.each(paths)("a real model on %s says the same, its draws and log probabilities too", (path) => {
  const { directory } = madeUpModel(llamaShape);
  const period = [5, 17, 99, 3, 42, 8];
  const requests = [0, 0.2, 0.5, 1, 2].flatMap((temperature, index) =>
    [6, 40].map((length) =>
      requestOf(
        Array.from({ length }, (_, at) => period[(at + index) % 6] ?? 0),
        { answerTokens: 120, sampling: { ...greedy, temperature, seed: BigInt(index), logprobs: 3 } },
      ),
    ),
  );
  const [plain, drafting] = [0, 6].map((draftTokens) => {
    const device = deviceOf(directory, { path, limits: { ...smallLimits, draftTokens }, blocks: 64 });
    const core = coreOn(device, draftTokens);
    const listeners = requests.map((request) => taken(core, request).listener);
    untilDone(core);
    device.close();
    return { heard: listeners.map(({ heard }) => heard), stats: core.stats() };
  });
  expect(drafting?.heard).toEqual(plain?.heard);
  expect(drafting?.stats.acceptedTokens).toBeGreaterThan(50);
  expect(drafting?.stats.draftTokens).toBeGreaterThan(drafting?.stats.acceptedTokens ?? 0);
  expect(drafting?.stats.steps).toBeLessThan(plain?.stats.steps ?? 0);
});
