/** The engine step by step, on a device that remembers tokens: who saw another's blocks would go astray. */
import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { EngineCore, type EngineCoreOptions } from "../../../runtime/engine/engine-core.ts";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
import { greedy } from "../../../runtime/engine/greedy.ts";
import { alone, FakeDevice } from "../../support/runtime/fake-device.ts";
import { Listener, requestOf, taken } from "../../support/runtime/requests.ts";
import { wholeStep } from "../../support/runtime/whole-step.ts";

function coreOn(device: FakeDevice, change: Partial<EngineCoreOptions> = {}): EngineCore {
  return new EngineCore({ device, waiting: 1000, spareFraction: 0, preemptions: 1000, ...change });
}

function untilDone(core: EngineCore): void {
  for (let steps = 0; !core.isIdle; steps += 1) {
    if (steps > 100_000) throw new Error("the engine does not come to an end");
    wholeStep(core);
  }
}

const prompt = [5, 6, 7];

test("an answer ends at its length, with its counts", () => {
  const core = coreOn(new FakeDevice());
  const { listener } = taken(core, requestOf(prompt));
  untilDone(core);
  expect(listener.answer).toEqual(alone(prompt, 8));
  expect(listener.ends).toEqual([{ reason: "length", cachedTokens: 0, promptTokens: 3, answerTokens: 8 }]);
  expect(core.stats()).toEqual({
    running: 0,
    waiting: 0,
    usedBlocks: 0,
    preemptions: 0,
    steps: 8,
    prefixQueryTokens: 3,
    prefixHitTokens: 0,
    promptTokens: 3,
    generatedTokens: 8,
    drafts: 0,
    draftTokens: 0,
    acceptedTokens: 0,
    acceptedByPlace: [],
  });
});

test("a stop token ends it and is not told", () => {
  const core = coreOn(new FakeDevice());
  const third = alone(prompt, 3)[2] ?? 0;
  const { listener } = taken(core, requestOf(prompt, { stopTokens: [third] }));
  untilDone(core);
  expect(listener.answer).toEqual(alone(prompt, 2));
  expect(listener.ends[0]).toMatchObject({ reason: "stop", answerTokens: 2 });
});

test("a stop token as the last one that fits is still a stop", () => {
  const core = coreOn(new FakeDevice());
  const third = alone(prompt, 3)[2] ?? 0;
  const { listener } = taken(core, requestOf(prompt, { stopTokens: [third], answerTokens: 3 }));
  untilDone(core);
  expect(listener.ends[0]).toMatchObject({ reason: "stop", answerTokens: 2 });
});

test("before its least length it cannot stop", () => {
  const core = coreOn(new FakeDevice());
  const third = alone(prompt, 3)[2] ?? 0;
  const { listener } = taken(core, requestOf(prompt, { stopTokens: [third], minimumTokens: 3 }));
  untilDone(core);
  expect(listener.answer.slice(0, 2)).toEqual(alone(prompt, 2));
  expect(listener.answer[2]).toBe((third + 1) % 64);
});

test("log probabilities are told as far as they were asked for", () => {
  const core = coreOn(new FakeDevice());
  const [none, own, two] = [-1, 0, 2].map(
    (logprobs) =>
      taken(core, requestOf(prompt, { answerTokens: 1, sampling: { ...greedy, logprobs } })).listener,
  );
  untilDone(core);
  const [token = 0] = alone(prompt, 1);
  expect(none?.heard).toEqual([{ token }]);
  expect(own?.heard).toEqual([{ token, logprob: -1 }]);
  const top = [
    { token, logprob: -1 },
    { token: (token + 1) % 64, logprob: -2 },
  ];
  expect(two?.heard).toEqual([{ token, logprob: -1, top }]);
});

test("a grammar says what may come next, and that nothing may", () => {
  const accepted: number[] = [];
  let disposals = 0;
  /** Even tokens only, and three of them. */
  const evens: GrammarMatcher = {
    fillMask: (mask, offset) => void mask.fill(accepted.length < 3 ? 0x55555555 : 0, offset, offset + 2),
    accept: (token) => accepted.push(token) > 0,
    isDone: false,
    dispose: () => {
      disposals += 1;
    },
  };
  const core = coreOn(new FakeDevice());
  const listener = new Listener();
  expect(core.submit(requestOf(prompt), listener, evens).admission).toBe("waiting");
  const other = taken(core, requestOf([9, 9]));
  untilDone(core);
  expect(listener.answer).toHaveLength(3);
  expect(listener.answer.filter((token) => token % 2 === 1)).toEqual([]);
  expect(accepted).toEqual(listener.answer);
  expect(listener.ends[0]?.reason).toBe("stop");
  expect(disposals).toBe(1);
  expect(other.listener.answer).toEqual(alone([9, 9], 8));
});

test("what can never fit is told at once, and nothing else is heard", () => {
  const core = coreOn(new FakeDevice());
  const listener = new Listener();
  expect(core.submit(requestOf(prompt, { answerTokens: 62 }), listener)).toEqual({ admission: "never-fits" });
  expect(core.submit(requestOf(prompt, { answerTokens: 61 }), listener).admission).toBe("waiting");
});

test("its facts count what is kept free and who may wait", () => {
  const core = coreOn(new FakeDevice(10), { spareFraction: 0.2, waiting: 3 });
  expect(core.facts).toMatchObject({ device: "fake", sequenceTokens: 32, requests: 11, blocks: 10 });
});

test("a burst is taken as far as places and queue go, before any of it runs", () => {
  const core = coreOn(new FakeDevice(64, { sequences: 2 }), { waiting: 1 });
  for (let count = 0; count < 3; count += 1) taken(core, requestOf(prompt));
  expect(core.submit(requestOf(prompt), new Listener())).toEqual({ admission: "queue-full" });
});

test("one with logits that are no numbers ends alone", () => {
  const device = new FakeDevice();
  device.poison = 40;
  const core = coreOn(device);
  const ill = taken(core, requestOf([40, 1]));
  const well = taken(core, requestOf(prompt));
  untilDone(core);
  expect(ill.listener.ends[0]).toMatchObject({ reason: "non-finite-logits", answerTokens: 0 });
  expect(well.listener.answer).toEqual(alone(prompt, 8));
});

test("a grammar that takes a stop token of its own ends the answer", () => {
  const core = coreOn(new FakeDevice());
  const listener = new Listener();
  const heard: number[] = [];
  const matcher: GrammarMatcher = {
    fillMask: (mask, offset) => void mask.fill(-1, offset, offset + 2),
    accept: (token) => heard.push(token) > 0,
    get isDone() {
      return heard.length === 3;
    },
    dispose: () => undefined,
  };
  core.submit(requestOf(prompt), listener, matcher);
  untilDone(core);
  expect(listener.answer).toEqual(alone(prompt, 2));
  expect(listener.ends[0]).toMatchObject({ reason: "stop", answerTokens: 2 });
});

test("a grammar that fails ends its own answer alone", () => {
  const core = coreOn(new FakeDevice());
  const listener = new Listener();
  const matcher: GrammarMatcher = {
    fillMask: () => {
      throw new Error("out of memory");
    },
    accept: () => true,
    isDone: false,
    dispose: () => undefined,
  };
  core.submit(requestOf(prompt), listener, matcher);
  const other = taken(core, requestOf([9, 9]));
  untilDone(core);
  // Whoever wrote it is not told that it is none; the log hears what went wrong.
  const problem = expect.stringMatching(/^Error: out of memory\n/);
  expect(listener.ends[0]).toMatchObject({ reason: "failed", problem, answerTokens: 0 });
  expect(other.listener.answer).toEqual(alone([9, 9], 8));
});

test("what held the same as another is not found behind what that one's block holds later", () => {
  const core = coreOn(new FakeDevice(8, { sequenceTokens: 32, stepTokens: 32 }));
  const sevens = Array.from({ length: 24 }, () => 7);
  taken(core, requestOf([1, 2, 3, 4, 9], { answerTokens: 1 }));
  taken(core, requestOf([1, 2, 3, 4, 5], { answerTokens: 4 }));
  wholeStep(core);
  // The first has ended: its block, which the second one's beginning was found in, is taken and filled anew.
  taken(core, requestOf(sevens, { answerTokens: 1 }));
  untilDone(core);
  const asked = [...sevens, 5, ...alone([1, 2, 3, 4, 5], 3), 8];
  const { listener } = taken(core, requestOf(asked, { answerTokens: 1 }));
  untilDone(core);
  expect(listener.ends[0]?.cachedTokens).toBeLessThanOrEqual(24);
});

test("an aborted one frees its blocks at once, and ends once", () => {
  const core = coreOn(new FakeDevice());
  const { listener, generation } = taken(core, requestOf(prompt));
  wholeStep(core);
  generation.abort();
  generation.abort();
  expect(listener.ends).toEqual([{ reason: "aborted", cachedTokens: 0, promptTokens: 3, answerTokens: 1 }]);
  expect(core.stats().usedBlocks).toBe(0);
  expect(wholeStep(core)).toBe(false);
});

test("a held one keeps its place and computes nothing until it is let go", () => {
  const device = new FakeDevice();
  const core = coreOn(device);
  const { listener, generation } = taken(core, requestOf(prompt));
  expect(listener.begunAt).toEqual([]);
  wholeStep(core);
  generation.hold(true);
  expect(wholeStep(core)).toBe(false);
  expect([listener.answer.length, listener.begunAt]).toEqual([1, [0]]);
  const other = taken(core, requestOf([9, 9]));
  wholeStep(core);
  expect(device.steps).toEqual([[3], [2]]);
  generation.hold(false);
  untilDone(core);
  expect([listener.answer, listener.begunAt]).toEqual([alone(prompt, 8), [0]]);
  expect(other.listener.answer).toEqual(alone([9, 9], 8));
});

test("who loses its blocks too often is given up", () => {
  const core = coreOn(new FakeDevice(6, { sequenceTokens: 24 }), { preemptions: 0 });
  const first = taken(core, requestOf([1, 2, 3, 4, 5, 6, 7, 8], { answerTokens: 12 }));
  const second = taken(core, requestOf([8, 7, 6, 5, 4, 3, 2, 1], { answerTokens: 12 }));
  untilDone(core);
  expect(first.listener.answer).toEqual(alone([1, 2, 3, 4, 5, 6, 7, 8], 12));
  expect(second.listener.ends[0]?.reason).toBe("crowded-out");
  expect(core.stats()).toMatchObject({ preemptions: 1, usedBlocks: 0 });
});

test("a prompt that was there before says how much of it was found", () => {
  const core = coreOn(new FakeDevice());
  taken(core, requestOf([1, 2, 3, 4, 5, 6]));
  untilDone(core);
  const { listener } = taken(core, requestOf([1, 2, 3, 4, 5, 6]));
  untilDone(core);
  expect(listener.ends[0]).toMatchObject({ cachedTokens: 4 });
  expect(core.stats()).toMatchObject({ prefixQueryTokens: 12, prefixHitTokens: 4 });
});

test("ending all leaves nobody without an end", () => {
  const core = coreOn(new FakeDevice());
  const listeners = [1, 2, 3].map((token) => taken(core, requestOf([token])).listener);
  core.endAll("device-lost");
  expect(listeners.map(({ ends }) => ends.map(({ reason }) => reason))).toEqual([
    ["device-lost"],
    ["device-lost"],
    ["device-lost"],
  ]);
});

test.each([1, 2, 3, 4, 5])(
  "random requests, aborts and holds leave every answer its own (seed %i)",
  (seed) => {
    const random = seededRandom(seed);
    const core = coreOn(new FakeDevice(24));
    const live: { prompt: number[]; listener: Listener; isAborted: boolean }[] = [];
    for (let turn = 0; turn < 400; turn += 1) {
      if (random.below(2) === 0) {
        const own = Array.from({ length: 1 + random.below(12) }, () => random.below(3));
        const answerTokens = 1 + random.below(16);
        const { listener, generation } = taken(
          core,
          requestOf(own, { answerTokens, tenant: `${random.below(3)}` }),
        );
        const entry = { prompt: own, listener, isAborted: false };
        live.push(entry);
        if (random.below(5) === 0) {
          generation.abort();
          entry.isAborted = true;
        }
      }
      wholeStep(core);
    }
    untilDone(core);
    for (const { prompt, listener, isAborted } of live) {
      expect(listener.ends).toHaveLength(1);
      if (!isAborted) expect(listener.answer).toEqual(alone(prompt, listener.answer.length));
      if (!isAborted) expect(listener.ends[0]?.reason).toBe("length");
    }
    expect(core.stats().usedBlocks).toBe(0);
  },
);
