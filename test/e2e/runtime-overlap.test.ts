/**
 * What comes of requests that come and go while a step is computed is what comes of them between two steps:
 * every batch, every answer and every count, on a device that remembers tokens.
 */
import { expect, test } from "vitest";
import { type Random, seededRandom } from "../../components/planning/random.ts";
import type { Batch } from "../../runtime/device/contract.ts";
import type { Generation } from "../../runtime/engine/contract.ts";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import { greedy } from "../../runtime/engine/greedy.ts";
import { FakeDevice } from "../support/runtime/fake-device.ts";
import { Listener, requestOf } from "../support/runtime/requests.ts";

/** Keeps what every step was. */
class RecordingDevice extends FakeDevice {
  readonly batches: unknown[] = [];

  protected override compute(batch: Batch): void {
    const blocks = Array.from({ length: batch.sequences }, (_, index) => {
      const from = index * batch.blocksPerSequence;
      const count = Math.ceil((batch.contextLength[index] ?? 0) / this.facts.blockTokens);
      return [...batch.blockTable.subarray(from, from + count)];
    });
    const tokens = [...batch.tokenIds.subarray(0, batch.tokens)];
    const starts = [...batch.queryStart.subarray(0, batch.sequences + 1)];
    this.batches.push({ tokens, starts, blocks });
    super.compute(batch);
  }
}

interface Line {
  readonly listener: Listener;
  readonly generation: Generation;
  isHeld: boolean;
}

/** Two thirds of the prompts begin alike; one in five lines is given up, one in five is held for a while. */
class Play {
  readonly device = new RecordingDevice(40, { draftTokens: 2, sequences: 6 });
  readonly core = new EngineCore({
    device: this.device,
    waiting: 10_000,
    spareFraction: 0.05,
    preemptions: 3,
    speculation: { tokens: 2, ngram: { min: 1, max: 3 } },
  });
  readonly lines: Line[] = [];
  private readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** What is asked before one step. */
  ask(lines: number): void {
    const { random } = this;
    for (let arriving = random.below(3); arriving > 0 && this.lines.length < lines; arriving -= 1)
      this.submit();
    const some = this.lines[this.lines.length - 1 - random.below(12)];
    const kind = random.below(10);
    if (!some) return;
    if (kind === 0) some.generation.abort();
    if (kind === 1 || some.isHeld) {
      some.isHeld = !some.isHeld;
      some.generation.hold(some.isHeld);
    }
  }

  letGo(): void {
    for (const { generation } of this.lines) generation.hold(false);
  }

  private submit(): void {
    const { random } = this;
    const beginning = random.below(3) > 0 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [];
    const own = Array.from({ length: 1 + random.below(20) }, () => random.below(3));
    const listener = new Listener();
    const penalty = random.below(4) === 0 ? 0.5 : 0;
    const request = requestOf([...beginning, ...own], {
      answerTokens: 1 + random.below(24),
      tenant: `tenant-${random.below(3)}`,
      priority: random.below(2),
      stopTokens: [random.below(64)],
      sampling: { ...greedy, frequencyPenalty: penalty, logprobs: random.below(3) - 1 },
    });
    const { generation } = this.core.submit(request, listener);
    if (!generation) throw new Error("not taken");
    this.lines.push({ listener, generation, isHeld: false });
  }

  get outcome() {
    return {
      batches: this.device.batches,
      answers: this.lines.map(({ listener }) => ({ heard: listener.heard, ends: listener.ends })),
      stats: this.core.stats(),
    };
  }
}

const lines = 400;

/** Nothing is asked while a step is computed. */
function oneAfterTheOther(seed: number): Play {
  const play = new Play(seed);
  const { core } = play;
  while (play.lines.length < lines || !core.isIdle) {
    if (play.lines.length === lines) play.letGo();
    else play.ask(lines);
    core.start();
    core.finish(Number.POSITIVE_INFINITY);
    core.tell();
  }
  return play;
}

/** All is asked while a step is computed, and answers are told while the next one is. */
function atTheSameTime(seed: number): Play {
  const play = new Play(seed);
  const { core } = play;
  while (play.lines.length < lines || !core.isIdle) {
    core.finish(Number.POSITIVE_INFINITY);
    core.start();
    core.tell();
    if (play.lines.length === lines) play.letGo();
    else play.ask(lines);
    core.prepare();
  }
  return play;
}

test.each([1, 2, 3])("400 lines are answered alike, asked within steps or between them: seed %i", (seed) => {
  const { outcome } = oneAfterTheOther(seed);
  expect(atTheSameTime(seed).outcome).toEqual(outcome);
  const { answers, stats } = outcome;
  const reasons = new Set(answers.map(({ ends }) => ends[0]?.reason));
  expect(answers.every(({ ends }) => ends.length === 1)).toBe(true);
  expect(reasons).toEqual(new Set(["length", "stop", "aborted"]));
  for (const count of [stats.preemptions, stats.prefixHitTokens, stats.acceptedTokens])
    expect(count).toBeGreaterThan(0);
});
