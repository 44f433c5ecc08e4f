/** The scheduler on a device that computes nothing but says which token would come next. */
import { describe, expect, test } from "vitest";
import { type Random, seededRandom } from "../../../components/planning/random.ts";
import { BlockPool } from "../../../runtime/engine/block-pool.ts";
import { Drafter } from "../../../runtime/engine/drafter.ts";
import { PrefixCache } from "../../../runtime/engine/prefix-cache.ts";
import { Scheduler, type SchedulerLimits } from "../../../runtime/engine/scheduler.ts";
import { Sequence, type SequenceRequest } from "../../../runtime/engine/sequence.ts";
import { SequenceBlocks } from "../../../runtime/engine/sequence-blocks.ts";

const blockTokens = 4;
const usual: SchedulerLimits = {
  stepTokens: 16,
  sequences: 8,
  waiting: 64,
  spareBlocks: 0,
  preemptions: 1000,
};

/** Depends on every token before it, so that a sequence that ever saw another's would go astray. */
function nextToken(tokens: Int32Array): number {
  let sum = 17;
  for (const token of tokens) sum = (sum * 31 + token) % 1009;
  return sum % 50;
}

class Engine {
  readonly pool: BlockPool;
  readonly scheduler: Scheduler;
  readonly steps: { tokens: number; sequences: number }[] = [];
  private readonly step: Sequence[] = [];

  constructor(blocks: number, limits: Partial<SchedulerLimits> = {}) {
    this.pool = new BlockPool(blocks);
    const held = new SequenceBlocks(this.pool, new PrefixCache(this.pool, blockTokens));
    this.scheduler = new Scheduler(held, { ...usual, ...limits });
  }

  add(prompt: readonly number[], change: Partial<SequenceRequest> = {}): Sequence {
    const request = { prompt: Int32Array.from(prompt), answerTokens: 8, tenant: "red", ...change };
    const sequence = new Sequence(request, blockTokens);
    expect(this.scheduler.admission(sequence, 0)).toBe("waiting");
    this.scheduler.add(sequence);
    return sequence;
  }

  /** The sequences of one step, which is computed. */
  run(): Sequence[] {
    const tokens = this.scheduler.schedule(this.step);
    this.steps.push({ tokens, sequences: this.step.length });
    const sampled = this.step.map((sequence) => nextToken(sequence.tokens.subarray(0, sequence.known)));
    const told = [...this.step];
    const status = new Int32Array(sampled.length);
    this.scheduler.complete(this.step, { sampled: Int32Array.from(sampled), status, rowsPerSequence: 1 });
    return told;
  }

  untilDone(): void {
    while (this.scheduler.runningCount + this.scheduler.waitingCount > 0) {
      if (this.steps.length > 100_000) throw new Error("the engine does not come to an end");
      this.run();
    }
  }
}

/** What a sequence answers that is alone in the world. */
function alone(prompt: Int32Array, answerTokens: number): number[] {
  const tokens = [...prompt];
  for (let count = 0; count < answerTokens; count += 1) tokens.push(nextToken(Int32Array.from(tokens)));
  return tokens.slice(prompt.length);
}

const count = (length: number, from = 0) => Array.from({ length }, (_, index) => from + index);

describe("a step", () => {
  test("computes a prompt and then one token after the other", () => {
    const engine = new Engine(8);
    const sequence = engine.add(count(6), { answerTokens: 3 });
    engine.untilDone();
    expect(engine.steps.map(({ tokens }) => tokens)).toEqual([6, 1, 1]);
    expect([...sequence.answer]).toEqual(alone(Int32Array.from(count(6)), 3));
    expect(sequence.state).toBe("finished");
  });

  test("computes a long prompt in pieces, beside the tokens of others", () => {
    const engine = new Engine(32);
    engine.add(count(4), { answerTokens: 4 });
    engine.run();
    engine.add(count(40, 100));
    engine.untilDone();
    expect(engine.steps.slice(0, 4)).toEqual([
      { tokens: 4, sequences: 1 },
      { tokens: 16, sequences: 2 },
      { tokens: 16, sequences: 2 },
      { tokens: 11, sequences: 2 },
    ]);
  });

  test("does not compute again what was found", () => {
    const engine = new Engine(32);
    engine.add(count(12));
    engine.untilDone();
    const before = engine.steps.length;
    engine.add([...count(12), 5, 6]);
    engine.run();
    // Three whole blocks stand there already.
    expect(engine.steps[before]).toEqual({ tokens: 2, sequences: 1 });
  });

  test("has no more sequences than it may", () => {
    const engine = new Engine(64, { sequences: 2 });
    for (let index = 0; index < 4; index += 1) engine.add(count(3, index * 10));
    engine.untilDone();
    expect(Math.max(...engine.steps.map(({ sequences }) => sequences))).toBe(2);
  });
});

describe("who goes first", () => {
  test("the more urgent one, whenever it came", () => {
    const engine = new Engine(32, { sequences: 1 });
    engine.add(count(3));
    const urgent = engine.add(count(3, 10), { priority: -1 });
    expect(engine.run()).toEqual([urgent]);
  });

  test("tenants that wait share evenly, however many requests one of them has", () => {
    const engine = new Engine(64, { sequences: 1, waiting: 100 });
    const red = count(30).map((index) => engine.add(count(4, index * 100), { answerTokens: 4 }));
    const blue = count(10).map((index) =>
      engine.add(count(4, 50_000 + index * 100), { answerTokens: 4, tenant: "blue" }),
    );
    const done = (sequences: readonly Sequence[]) =>
      sequences.filter(({ state }) => state === "finished").length;
    while (done(red) + done(blue) < 16) engine.run();
    expect([done(red), done(blue)]).toEqual([8, 8]);
  });

  test("a tenant that comes back has no credit for the time in which it asked for nothing", () => {
    const engine = new Engine(64, { sequences: 1, waiting: 100 });
    const red = count(20).map((index) => engine.add(count(4, index * 100), { answerTokens: 4 }));
    const done = (sequences: readonly Sequence[]) =>
      sequences.filter(({ state }) => state === "finished").length;
    while (done(red) < 10) engine.run();
    const blue = count(20).map((index) =>
      engine.add(count(4, 50_000 + index * 100), { answerTokens: 4, tenant: "blue" }),
    );
    while (done(red) + done(blue) < 18) engine.run();
    expect([done(red), done(blue)]).toEqual([14, 4]);
  });
});

describe("too little room", () => {
  test("the last one loses its blocks, and answers the same later", () => {
    const engine = new Engine(6);
    const first = engine.add(count(7), { answerTokens: 12 });
    const second = engine.add(count(7, 100), { answerTokens: 12 });
    engine.untilDone();
    expect(first.preemptions).toBe(0);
    expect(second.preemptions).toBeGreaterThan(0);
    for (const { request, answer } of [first, second]) {
      expect([...answer]).toEqual(alone(request.prompt, 12));
    }
  });

  test("one that loses them too often is given up", () => {
    const engine = new Engine(6, { preemptions: 0 });
    engine.add(count(7), { answerTokens: 12 });
    const second = engine.add(count(7, 100), { answerTokens: 12 });
    engine.untilDone();
    expect(second.state).toBe("crowded-out");
    expect(engine.pool.free).toBe(6);
  });

  test("what could never run is told at once, and so is a queue that is full", () => {
    const engine = new Engine(4, { sequences: 1, waiting: 1 });
    const request = { prompt: Int32Array.from(count(9)), answerTokens: 8, tenant: "red" };
    expect(engine.scheduler.admission(new Sequence(request, blockTokens), 0)).toBe("never-fits");
    for (let taken = 0; taken < 2; taken += 1) engine.add(count(3), { answerTokens: 1 });
    const another = new Sequence({ ...request, answerTokens: 1 }, blockTokens);
    expect(engine.scheduler.admission(another, 0)).toBe("queue-full");
    const roomy = new Engine(4, { sequences: 1, waiting: 1 });
    expect([0, 1, 2].map((others) => roomy.scheduler.admission(another, others))).toEqual([
      "waiting",
      "waiting",
      "queue-full",
    ]);
  });
});

describe("drafts", () => {
  /** Known as far as it goes, so that drafts follow: 1 2 3 4 1 2. */
  function drafting(engine: Engine): Sequence {
    const sequence = engine.add([1, 2, 3, 4, 1, 2], { answerTokens: 12 });
    sequence.drafter = new Drafter({ tokens: 4, ngram: { min: 2, max: 2 } });
    return sequence;
  }
  const right = (status = [0, 0, 0, 0, 0]) => ({
    sampled: Int32Array.from([3, 4, 1, 2, 9]),
    status: Int32Array.from(status),
    rowsPerSequence: 5,
  });

  test("take what the step has left, and are charged for where they were right", () => {
    const engine = new Engine(8, { stepTokens: 9 });
    const sequence = drafting(engine);
    const step: Sequence[] = [];
    expect(engine.scheduler.schedule(step)).toBe(9);
    expect([sequence.scheduled, sequence.drafts]).toEqual([9, 3]);
    engine.scheduler.complete(step, { ...right(), sampled: Int32Array.from([3, 4, 7]) });
    expect([...sequence.answer]).toEqual([3, 4, 7]);
    const { computed, known, gained, drafts } = sequence;
    expect({ computed, known, gained, drafts }).toEqual({ computed: 8, known: 9, gained: 3, drafts: 0 });
  });

  test("leave a step alone that a prompt fills", () => {
    const engine = new Engine(32, { stepTokens: 10 });
    const sequence = drafting(engine);
    engine.add(count(8, 100));
    engine.scheduler.schedule([]);
    expect([sequence.scheduled, sequence.drafts]).toEqual([6, 0]);
  });

  test("take no block that is to stay free, and give back what was needed for wrong ones", () => {
    const scarce = new Engine(6, { spareBlocks: 1 });
    const sequence = drafting(scarce);
    scarce.pool.take();
    scarce.pool.take();
    scarce.pool.take();
    scarce.scheduler.schedule([]);
    expect([sequence.drafts, scarce.pool.free]).toEqual([2, 1]);

    const engine = new Engine(6);
    const other = drafting(engine);
    const step: Sequence[] = [];
    engine.scheduler.schedule(step);
    expect([other.drafts, other.blockCount]).toEqual([4, 3]);
    engine.scheduler.complete(step, { ...right(), sampled: Int32Array.from([8]) });
    expect([other.blockCount, engine.pool.free]).toEqual([2, 4]);
  });

  test("end where a row has no answer, and nothing of it is found later", () => {
    const engine = new Engine(8);
    const sequence = drafting(engine);
    const step: Sequence[] = [];
    engine.scheduler.schedule(step);
    engine.scheduler.complete(step, right([0, 0, 1, 0, 0]));
    expect([[...sequence.answer], sequence.gained, sequence.status]).toEqual([[3, 4], 2, 1]);
    expect(sequence.remembered).toBe(0);
  });
});

test.each(["waiting", "running"])(
  "an answer that nobody wants any more is gone before the next step: %s",
  (state) => {
    const engine = new Engine(8, { sequences: 1 });
    const other = engine.add(count(4));
    engine.run();
    const sequence = state === "running" ? other : engine.add(count(4, 100));
    expect(sequence.state).toBe(state);
    engine.scheduler.abort(sequence);
    expect([sequence.state, engine.run().includes(sequence)]).toEqual(["aborted", false]);
    engine.untilDone();
    expect(engine.pool.free).toBe(8);
  },
);

function randomPrompt(random: Random): Int32Array {
  // Few tokens, so that many prompts begin alike.
  return Int32Array.from({ length: 1 + random.below(24) }, () => random.below(2));
}

test("two thousand requests, crowded, every tenth given up: none is lost, mixed up or left over", () => {
  const random = seededRandom(3);
  const engine = new Engine(24, { spareBlocks: 1 });
  const all: Sequence[] = [];
  while (all.length < 2000) {
    for (let arriving = random.below(3); arriving > 0; arriving -= 1) {
      const answerTokens = 1 + random.below(20);
      const tenant = `tenant-${random.below(3)}`;
      const request = { prompt: randomPrompt(random), answerTokens, tenant, priority: random.below(2) };
      const sequence = new Sequence(request, blockTokens);
      if (engine.scheduler.admission(sequence, 0) !== "waiting") continue;
      engine.scheduler.add(sequence);
      all.push(sequence);
    }
    const unwanted = all[all.length - 1 - random.below(10)];
    if (unwanted && random.below(10) === 0) engine.scheduler.abort(unwanted);
    engine.run();
  }
  engine.untilDone();
  expect(new Set(all.map(({ state }) => state))).toEqual(new Set(["finished", "aborted"]));
  for (const { state, request, answer } of all) {
    const whole = alone(request.prompt, request.answerTokens);
    expect([...answer]).toEqual(state === "finished" ? whole : whole.slice(0, answer.length));
  }
  expect(engine.pool.free).toBe(24);
  expect(Math.max(...engine.steps.map(({ tokens }) => tokens))).toBe(16);
  expect(Math.max(...all.map(({ preemptions }) => preemptions))).toBeGreaterThan(0);
});
