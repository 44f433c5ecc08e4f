/** Embeddings through the engine, on a device whose hidden states depend on every token before them. */
import { expect, test } from "vitest";
import { allocateBatch } from "../../../runtime/device/batch.ts";
import type { Pooling } from "../../../runtime/engine/contract.ts";
import { EngineCore, type EngineCoreOptions } from "../../../runtime/engine/engine-core.ts";
import { PooledState } from "../../../runtime/engine/pooled-state.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { alone, FakeDevice, hiddenState } from "../../support/runtime/fake-device.ts";
import { requestOf, taken } from "../../support/runtime/requests.ts";
import { wholeStep } from "../../support/runtime/whole-step.ts";

function coreOn(device: FakeDevice, change: Partial<EngineCoreOptions> = {}): EngineCore {
  return new EngineCore({ device, waiting: 100, spareFraction: 0, preemptions: 100, ...change });
}

function untilDone(core: EngineCore): void {
  for (let steps = 0; !core.isIdle; steps += 1) {
    if (steps > 10_000) throw new Error("the engine does not come to an end");
    wholeStep(core);
  }
}

function embeddingOf(prompt: readonly number[], pooling: Pooling): number[] {
  const states = prompt.map((_, index) => hiddenState(prompt.slice(0, index + 1)));
  if (pooling === "last") return (states.at(-1) ?? []).map(Math.fround);
  const sums = states.reduce(([a = 0, b = 0], [c = 0, d = 0]) => [Math.fround(a + c), Math.fround(b + d)]);
  return sums.map((sum) => Math.fround(sum / prompt.length));
}

const long = Array.from({ length: 50 }, (_, index) => (index * 7) % 64);
const asked = (prompt: readonly number[], pooling: Pooling) =>
  requestOf(prompt, { pooling, answerTokens: 0 });

test.each(["last", "mean"] as const)("%s: a long prompt over several steps, beside an answer", (pooling) => {
  const device = new FakeDevice(64, { stepTokens: 16 });
  const core = coreOn(device);
  const answer = taken(core, requestOf([5, 6, 7], { answerTokens: 12 })).listener;
  const { listener } = taken(core, asked(long, pooling));
  untilDone(core);
  expect(listener.ends).toEqual([
    {
      reason: "stop",
      cachedTokens: 0,
      promptTokens: 50,
      answerTokens: 0,
      embedding: Float32Array.from(embeddingOf(long, pooling)),
    },
  ]);
  expect([listener.heard, answer.answer]).toEqual([[], alone([5, 6, 7], 12)]);
  expect(core.stats()).toMatchObject({ usedBlocks: 0, generatedTokens: 12, promptTokens: 53 });
});

test("a prompt that is known is found for its last token, and computed whole for a mean", () => {
  const device = new FakeDevice();
  const core = coreOn(device);
  const told = (["last", "mean", "last"] as const).map((pooling) => {
    const { listener } = taken(core, asked(long.slice(0, 13), pooling));
    untilDone(core);
    return listener.ends[0];
  });
  expect(told.map((end) => end?.cachedTokens)).toEqual([0, 0, 12]);
  expect(device.steps.flat()).toEqual([13, 13, 1]);
  const [first, mean, again] = told.map((end) => [...(end?.embedding ?? [])]);
  expect([first, again]).toEqual([embeddingOf(long.slice(0, 13), "last"), first]);
  expect(mean).toEqual(embeddingOf(long.slice(0, 13), "mean"));
  expect(core.stats()).toMatchObject({ prefixQueryTokens: 26, prefixHitTokens: 12 });
});

test.each(["last", "mean"] as const)("%s: whoever loses its blocks begins anew, and is right", (pooling) => {
  // Fourteen blocks of four: the answers, which came first, crowd the embedding out while it is computed.
  const device = new FakeDevice(14, { stepTokens: 6 });
  const core = coreOn(device);
  const answers = [1, 2].map((token) => taken(core, requestOf([token], { answerTokens: 23 })).listener);
  for (let step = 0; step < 6; step += 1) wholeStep(core);
  const { listener } = taken(core, asked(long.slice(0, 40), pooling));
  untilDone(core);
  expect(core.stats().preemptions).toBeGreaterThan(0);
  expect(listener.ends[0]?.embedding).toEqual(Float32Array.from(embeddingOf(long.slice(0, 40), pooling)));
  expect(answers.map(({ answer }) => answer)).toEqual([alone([1], 23), alone([2], 23)]);
});

test("values that are no numbers end the one embedding", () => {
  const device = new FakeDevice();
  device.poison = 3;
  const core = coreOn(device);
  const ends = [[1, 2], [3], [4]].map((prompt) => taken(core, asked(prompt, "mean")).listener.ends);
  untilDone(core);
  expect(ends.map(([end]) => [end?.reason, end?.embedding?.length])).toEqual([
    ["stop", 2],
    ["non-finite-logits", undefined],
    ["stop", 2],
  ]);
});

test("an abort frees its blocks, and no embedding is told", () => {
  const core = coreOn(new FakeDevice(64, { stepTokens: 16 }));
  const { listener, generation } = taken(core, asked(long, "mean"));
  wholeStep(core);
  generation.abort();
  expect(listener.ends).toEqual([{ reason: "aborted", cachedTokens: 0, promptTokens: 50, answerTokens: 0 }]);
  expect(core.stats().usedBlocks).toBe(0);
});

test("of the last token nothing is asked before it is there", () => {
  const { limits, facts } = new FakeDevice();
  const batch = allocateBatch(limits, facts);
  const sequence = new Sequence(asked(long, "last"), 4);
  const state = new PooledState("last", 2);
  batch.pooled.fill(7);
  sequence.scheduled = 16;
  state.fill(batch, 1, sequence);
  state.take(batch, 1);
  expect([batch.pooling[1], ...state.value(50)]).toEqual([0, 0, 0]);
});
