/** Who reads slowly holds nobody up: its place goes to others, and its blocks where they are needed. */
import { expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import { alone, FakeDevice } from "../support/runtime/fake-device.ts";
import { requestOf, taken } from "../support/runtime/requests.ts";
import { wholeStep } from "../support/runtime/whole-step.ts";

function coreOn(device: FakeDevice, preemptions = 0): EngineCore {
  const speculation = { tokens: 4, ngram: { min: 1, max: 2 } };
  return new EngineCore({ device, waiting: 1000, spareFraction: 0, preemptions, speculation });
}

function untilIdle(core: EngineCore): void {
  for (let steps = 0; wholeStep(core); steps += 1) {
    if (steps > 100_000) throw new Error("the engine does not come to an end");
  }
}

test("two places held by slow readers answer six others, and then go on where they stopped", () => {
  const device = new FakeDevice(64, { sequences: 2 });
  const core = coreOn(device);
  const slow = [
    [1, 2, 3, 4, 5, 6],
    [6, 5, 4],
  ].map((prompt) => ({ prompt, ...taken(core, requestOf(prompt)) }));
  wholeStep(core);
  for (const { generation } of slow) generation.hold(true);
  const held = core.stats().usedBlocks;
  const others = [7, 8, 9, 10, 11, 12].map((token) => ({
    prompt: [token],
    ...taken(core, requestOf([token])),
  }));
  untilIdle(core);
  for (const { prompt, listener } of others) expect(listener.answer).toEqual(alone(prompt, 8));
  expect(slow.map(({ listener }) => listener.answer.length)).toEqual([1, 1]);
  expect(core.stats()).toMatchObject({ usedBlocks: held, running: 2, waiting: 0, preemptions: 0 });
  const before = device.steps.length;
  for (const { generation } of slow) generation.hold(false);
  untilIdle(core);
  // Nothing is computed again.
  expect(device.steps.slice(before)).toEqual(Array.from({ length: 7 }, () => [1, 1]));
  for (const { prompt, listener } of slow) expect(listener.answer).toEqual(alone(prompt, 8));
});

test("blocks of a slow reader go to who needs them, and that gives nobody up", () => {
  const device = new FakeDevice(6, { sequenceTokens: 24 });
  const core = coreOn(device);
  const prompt = [1, 2, 3, 4, 5, 6, 7, 8];
  const slow = taken(core, requestOf(prompt, { answerTokens: 12 }));
  wholeStep(core);
  slow.generation.hold(true);
  const others = [
    [9, 9],
    [8, 8],
    [7, 7],
  ].map((own) => ({
    own,
    ...taken(core, requestOf(own, { answerTokens: 20 })),
  }));
  untilIdle(core);
  for (const { own, listener } of others) {
    expect(listener.answer).toEqual(alone(own, listener.answer.length));
  }
  expect(others.filter(({ listener }) => listener.ends[0]?.reason === "length").length).toBeGreaterThan(0);
  slow.generation.hold(false);
  untilIdle(core);
  expect(slow.listener.answer).toEqual(alone(prompt, 12));
  expect(slow.listener.ends).toEqual([
    { reason: "length", cachedTokens: 0, promptTokens: 8, answerTokens: 12 },
  ]);
  expect(core.stats().usedBlocks).toBe(0);
});

test.each([1, 2, 3, 4, 5, 6])("random readers, crowded: every answer is its own (seed %i)", (seed) => {
  const random = seededRandom(seed);
  const core = coreOn(new FakeDevice(20, { sequences: 4, draftTokens: 4 }), 1000);
  const live: { prompt: number[]; answerTokens: number; entry: ReturnType<typeof taken> }[] = [];
  for (let turn = 0; turn < 500; turn += 1) {
    if (live.length < 120 && random.below(3) > 0) {
      const prompt = Array.from({ length: 1 + random.below(12) }, () => random.below(3));
      const answerTokens = 1 + random.below(16);
      live.push({ prompt, answerTokens, entry: taken(core, requestOf(prompt, { answerTokens })) });
    }
    for (const { entry } of live.slice(-12)) {
      if (random.below(6) === 0) entry.generation.hold(random.below(2) === 0);
    }
    wholeStep(core);
  }
  expect(core.stats().preemptions).toBeGreaterThan(0);
  for (const { entry } of live) entry.generation.hold(false);
  untilIdle(core);
  for (const { prompt, answerTokens, entry } of live) {
    expect(entry.listener.answer).toEqual(alone(prompt, answerTokens));
    expect(entry.listener.ends.map(({ reason }) => reason)).toEqual(["length"]);
  }
  expect(core.stats()).toMatchObject({ usedBlocks: 0, running: 0, waiting: 0 });
});
