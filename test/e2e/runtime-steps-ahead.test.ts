/**
 * Steps that are begun while the one before is computed: what stands in each, what it costs when an answer
 * ends unforeseen, when none is begun, and that nobody's answer depends on it.
 */
import { expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import type { Batch, Device } from "../../runtime/device/contract.ts";
import type { Generation, GenerationRequest } from "../../runtime/engine/contract.ts";
import { EngineCore, type EngineCoreOptions } from "../../runtime/engine/engine-core.ts";
import { greedy } from "../../runtime/engine/greedy.ts";
import { alone, FakeDevice } from "../support/runtime/fake-device.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { Listener, requestOf, taken } from "../support/runtime/requests.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { deviceOf, paths } from "../support/runtime/steps.ts";

/** Keeps what each step was when it was begun. */
class RecordingDevice extends FakeDevice {
  override stepsAtOnce = 2 as const;
  readonly begun: { readonly ids: number[]; readonly positions: number[] }[] = [];

  override start(batch: Batch): void {
    const [ids, positions] = [batch.tokenIds, batch.positions].map((all) => [
      ...all.subarray(0, batch.tokens),
    ]);
    this.begun.push({ ids: ids ?? [], positions: positions ?? [] });
    super.start(batch);
  }

  get ahead(): number {
    return this.begun.filter(({ ids }) => ids.some((id) => id < 0)).length;
  }
}

function coreOn(device: Device, change: Partial<EngineCoreOptions> = {}): EngineCore {
  const rules = { waiting: 1000, spareFraction: 0, preemptions: 1000, isSchedulingAhead: true };
  return new EngineCore({ device, ...rules, ...change });
}

/** The end of a step, if one is under way, and all that may be begun then; false if nothing was. */
function turn(core: EngineCore): boolean {
  core.finish(Number.POSITIVE_INFINITY);
  const hasMore = core.start();
  core.startAhead();
  core.tell();
  return hasMore;
}

function untilDone(core: EngineCore): void {
  for (let turns = 0; !core.isIdle; turns += 1) {
    if (turns > 100_000) throw new Error("the engine does not come to an end");
    turn(core);
  }
}

test("each step has the next token of who goes on, by the row that brings the one before it", () => {
  const device = new RecordingDevice();
  const core = coreOn(device);
  const one = taken(core, requestOf([5, 6, 7], { answerTokens: 4 })).listener;
  const other = taken(core, requestOf([9], { answerTokens: 3 })).listener;
  untilDone(core);
  expect(device.begun).toEqual([
    { ids: [5, 6, 7, 9], positions: [0, 1, 2, 0] },
    { ids: [-1, -2], positions: [3, 1] },
    { ids: [-1, -2], positions: [4, 2] },
    // The other one's last token is on its way: it needs no further place.
    { ids: [-1], positions: [5] },
  ]);
  expect([one.answer, other.answer]).toEqual([alone([5, 6, 7], 4), alone([9], 3)]);
  expect(core.stats()).toMatchObject({ steps: 4, generatedTokens: 7, usedBlocks: 0 });
});

test("a row is that of the step before, whoever of it has no further place", () => {
  const device = new RecordingDevice();
  const core = coreOn(device);
  const short = taken(core, requestOf([9], { answerTokens: 2 })).listener;
  const long = taken(core, requestOf([5], { answerTokens: 4 })).listener;
  untilDone(core);
  expect(device.begun.map(({ ids }) => ids)).toEqual([[9, 5], [-1, -2], [-2], [-1]]);
  expect([short.answer, long.answer]).toEqual([alone([9], 2), alone([5], 4)]);
});

test("an answer that ends unforeseen costs one place of one step, and its blocks until then", () => {
  const device = new RecordingDevice();
  const core = coreOn(device);
  const [prompt, last] = [[1, 2, 3], alone([1, 2, 3], 2)[1] ?? 0];
  const { listener } = taken(core, requestOf(prompt, { stopTokens: [last] }));
  const other = taken(core, requestOf([9])).listener;
  const used: number[] = [];
  while (!core.isIdle) {
    turn(core);
    used.push(core.stats().usedBlocks);
    if (listener.ends.length === 1 && used.length < 4) expect([used.length, core.isIdle]).toEqual([3, false]);
  }
  expect(listener.answer).toEqual(alone(prompt, 1));
  expect(other.answer).toEqual(alone([9], 8));
  expect(listener.ends).toEqual([{ reason: "stop", cachedTokens: 0, promptTokens: 3, answerTokens: 1 }]);
  expect(device.steps).toEqual([[3, 1], [1, 1], [1, 1], ...Array(5).fill([1])]);
  // Two of the first and one of the other, up to the step that had a place for nobody.
  expect(used.slice(0, 5)).toEqual([2, 3, 3, 2, 2]);
  expect([core.stats().usedBlocks, core.stats().generatedTokens]).toEqual([0, 10]);
});

test("the last answer's end leaves a step under way, which is awaited", () => {
  const device = new RecordingDevice();
  const core = coreOn(device);
  const last = alone([1], 2)[1] ?? 0;
  const { listener } = taken(core, requestOf([1], { stopTokens: [last] }));
  while (listener.ends.length === 0) turn(core);
  expect([core.isIdle, core.stats().usedBlocks]).toEqual([false, 1]);
  expect(turn(core)).toBe(false);
  expect([core.isIdle, core.stats().usedBlocks, device.steps]).toEqual([true, 0, [[1], [1], [1]]]);
});

test("who comes or leaves within a step does so when none is under way: after the second at most", () => {
  const device = new RecordingDevice();
  const core = coreOn(device);
  const first = taken(core, requestOf([1]));
  turn(core);
  expect(device.begun).toHaveLength(2);
  const second = taken(core, requestOf([2], { answerTokens: 2 }));
  first.generation.abort();
  turn(core);
  expect([device.begun.length, first.listener.ends.length]).toEqual([2, 0]);
  turn(core);
  expect(first.listener.ends[0]).toMatchObject({ reason: "aborted", answerTokens: 2 });
  expect(device.begun.slice(2).map(({ ids }) => ids)).toEqual([[2], [-1]]);
  untilDone(core);
  expect(second.listener.answer).toEqual(alone([2], 2));
  expect(core.stats().usedBlocks).toBe(0);
});

test("logits that are no numbers end one answer, and the step behind goes on for the others", () => {
  const device = new RecordingDevice();
  device.poison = alone([3], 1)[0] ?? 0;
  const core = coreOn(device);
  const ill = taken(core, requestOf([3])).listener;
  const well = taken(core, requestOf([40, 41])).listener;
  untilDone(core);
  expect(ill.ends[0]).toMatchObject({ reason: "non-finite-logits", answerTokens: 1 });
  expect(well.answer).toEqual(alone([40, 41], 8));
  expect(core.stats().usedBlocks).toBe(0);
});

const speculation = { tokens: 2, ngram: { min: 1, max: 2 } };
const penalty = { ...greedy, frequencyPenalty: 0.5 };
const matcher = { fillMask: (mask: Int32Array) => void mask.fill(-1), accept: () => true, isDone: false };

test.each([
  { case: "nothing is scheduled ahead", rules: { isSchedulingAhead: false } },
  { case: "what comes next is guessed", rules: { speculation }, draftTokens: 2 },
  { case: "one has penalties", requests: [requestOf([2], { sampling: penalty })] },
  { case: "one is held to a grammar", matcher: { ...matcher, dispose: () => undefined } },
  { case: "one has more of its prompt to come", requests: [requestOf(Array(40).fill(1))], turns: 3 },
  { case: "somebody waits for blocks", requests: [requestOf(Array(36).fill(1))], blocks: 11 },
])("none is begun ahead where $case", (row) => {
  const { rules = {}, draftTokens = 0, requests = [], blocks = 64, turns = 5 } = row;
  const device = new RecordingDevice(blocks, { draftTokens, ...(row.blocks && { stepTokens: 48 }) });
  const core = coreOn(device, rules);
  taken(core, requestOf(Array(9).fill(2)));
  for (const request of requests) taken(core, request);
  if (row.matcher) core.submit(requestOf([2]), new Listener(), row.matcher);
  for (let count = 0; count < turns; count += 1) turn(core);
  expect([device.ahead, device.begun.length]).toEqual([0, turns]);
});

test("who waits has a place as soon as one that is foreseen is free", () => {
  const device = new RecordingDevice(64, { sequences: 1 });
  const core = coreOn(device);
  const listeners = [1, 2].map((token) => taken(core, requestOf([token], { answerTokens: 3 })).listener);
  untilDone(core);
  expect(device.begun.map(({ ids }) => ids)).toEqual([[1], [-1], [-1], [2], [-1], [-1]]);
  expect(listeners.map(({ answer }) => answer)).toEqual([alone([1], 3), alone([2], 3)]);
});

test("blocks that are missing are taken between two steps alone", () => {
  const device = new RecordingDevice(4);
  const core = coreOn(device);
  const [one, other] = [[1], [2]].map(
    (prompt) => taken(core, requestOf(prompt, { answerTokens: 12 })).listener,
  );
  untilDone(core);
  expect([one?.answer, other?.answer]).toEqual([alone([1], 12), alone([2], 12)]);
  expect(core.stats()).toMatchObject({ usedBlocks: 0, preemptions: 1 });
});

interface Line {
  readonly request: GenerationRequest;
  readonly at: number;
  readonly abortAt: number;
  readonly heldAt: number;
}

/** In bursts of ten. Some prompts begin alike; an eighth is given up, an eighth held, a twelfth penalised. */
function linesOf(seed: number): Line[] {
  const random = seededRandom(seed);
  let at = 0;
  return Array.from({ length: 400 }, (_, index) => {
    at += index % 10 === 0 ? 40 : random.below(4);
    const beginning = random.below(3) > 0 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [];
    const own = Array.from({ length: 1 + random.below(20) }, () => random.below(3));
    const request = requestOf([...beginning, ...own], {
      answerTokens: 1 + random.below(24),
      tenant: `tenant-${random.below(3)}`,
      priority: random.below(2),
      stopTokens: [random.below(64)],
      sampling: { ...(random.below(12) === 0 ? penalty : greedy), logprobs: random.below(3) - 1 },
    });
    const [abort, hold] = [random.below(8), random.below(8)];
    const never = Number.POSITIVE_INFINITY;
    return {
      request,
      at,
      abortAt: abort === 0 ? at + random.below(12) : never,
      heldAt: hold === 0 ? at + random.below(12) : never,
    };
  });
}

function played(lines: readonly Line[], isSchedulingAhead: boolean) {
  const device = new RecordingDevice(20, { sequences: 6 });
  const core = coreOn(device, { isSchedulingAhead, spareFraction: 0.05 });
  const generations: Generation[] = [];
  const listeners = lines.map(() => new Listener());
  for (let now = 0; generations.length < lines.length || !core.isIdle; now += 1) {
    for (const [index, { request, at, abortAt, heldAt }] of lines.entries()) {
      if (at === now)
        generations.push(core.submit(request, listeners[index] as Listener).generation as Generation);
      if (abortAt === now) generations[index]?.abort();
      if (heldAt === now) generations[index]?.hold(true);
      if (heldAt + 20 === now) generations[index]?.hold(false);
    }
    turn(core);
    core.prepare();
  }
  expect(core.stats()).toMatchObject({ usedBlocks: 0, running: 0, waiting: 0 });
  return { answers: listeners.map(({ heard, ends }) => ({ heard, ends })), stats: core.stats(), device };
}

test.each([1, 2, 3])(
  "400 lines that come, go and are held are answered alike, ahead or not: seed %i",
  (seed) => {
    const lines = linesOf(seed);
    const [ahead, apart] = [played(lines, true), played(lines, false)];
    let aborted = 0;
    for (const [index, { heard, ends }] of ahead.answers.entries()) {
      const other = apart.answers[index];
      expect(ends).toHaveLength(1);
      const reasons = [ends[0]?.reason, other?.ends[0]?.reason];
      if (!reasons.includes("aborted")) {
        expect({ heard, reason: reasons[0] }).toEqual({ heard: other?.heard, reason: reasons[1] });
        continue;
      }
      aborted += 1;
      const common = Math.min(heard.length, other?.heard.length ?? 0);
      expect(heard.slice(0, common)).toEqual(other?.heard.slice(0, common));
    }
    expect(aborted).toBeGreaterThan(10);
    expect(ahead.stats.preemptions).toBeGreaterThan(0);
    expect(apart.device.ahead).toBe(0);
    expect(ahead.device.ahead).toBeGreaterThan(100);
  },
);

test.each(paths)("on %s: the same bits, ahead or not", (path) => {
  const found = [true, false].map((isSchedulingAhead) => {
    const device = deviceOf(madeUpModel(llamaShape).directory, { path });
    let ahead = 0;
    const start = (batch: Batch) => {
      if (batch.tokenIds.subarray(0, batch.tokens).some((id) => id < 0)) ahead += 1;
      device.start(batch);
    };
    const core = coreOn({ ...device, start }, { isSchedulingAhead });
    const listeners = Array.from({ length: 8 }, (_, index) => {
      const sampling = { ...greedy, temperature: index / 4, topP: 0.9, seed: BigInt(index), logprobs: 3 };
      const prompt = Array.from({ length: 1 + 3 * index }, (_, at) => (7 * index + at) % 100);
      return taken(core, requestOf(prompt, { answerTokens: 10 + 5 * index, sampling })).listener;
    });
    untilDone(core);
    device.close();
    return { ahead, answers: listeners.map(({ heard, ends }) => ({ heard, ends })) };
  });
  expect(found[0]?.answers).toEqual(found[1]?.answers);
  // The last of 45 tokens come one by one; no step behind the first, which has the prompts, waits for it.
  expect(found.map(({ ahead }) => ahead)).toEqual([44, 0]);
});
