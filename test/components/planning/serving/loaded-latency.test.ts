import { expect, test } from "vitest";
import {
  type Arrivals,
  heldSequences,
  latencyModel,
} from "../../../../components/planning/serving/loaded-latency.ts";
import type { ReplicaEngine } from "../../../../components/planning/serving/replica-engine.ts";
import { predictedService } from "../../../support/serving/predicted.ts";
import { publishedServices } from "../../../support/serving/published-loads.ts";

/** 10 ms a step, whatever is in it, and 0.1 ms for each token of a prompt. */
const engine: ReplicaEngine = {
  timer: ({ promptTokens }) => 0.01 + 0.0001 * promptTokens,
  groups: 1,
  lanes: 1,
  batchedTokens: 10_000,
  frontSeconds: 0.005,
  sequences: (tokens) => Math.floor(100_000 / tokens),
};

const arrivals: Arrivals = { requestsPerSecond: 2, prompt: { mean: 1000 }, answer: { mean: 100 } };

test("hardly any load: a prompt's own step, and as many steps as an answer has tokens", () => {
  const loaded = latencyModel(engine, { ...arrivals, requestsPerSecond: 1e-9 })(1);
  // It comes in the middle of a step.
  expect(loaded?.ttft.mean).toBeCloseTo(0.005 + 0.005 + 0.01 + 0.1, 6);
  expect(loaded?.ttft.p95).toBeCloseTo(loaded?.ttft.mean ?? 0, 6);
  expect(loaded?.tpot.mean).toBeCloseTo(0.01, 6);
  expect(loaded?.concurrency).toBeCloseTo(0, 6);
});

test("under load answers wait for the prompts beside them, and so more of them are there at once", () => {
  const loaded = latencyModel(engine, arrivals)(1);
  // Two prompts a second of 0.1 s each leave 0.8 of the time to answers.
  expect(loaded?.tpot.mean).toBeCloseTo(0.01 / 0.8, 6);
  expect(loaded?.concurrency).toBeCloseTo(2 * 100 * (0.01 / 0.8), 3);
  // Prompts beside one answer of 1.25 s: 2.5 on average, 1.645 deviations more in one of twenty.
  expect(loaded?.tpot.p95).toBeCloseTo(0.0125 + (1.645 * 0.1 * Math.sqrt(2.5)) / 100, 6);
  // A prompt's part of full steps: 0.1 s, and a tenth of a step's other time.
  const room = 10_000 - 1 - (loaded?.concurrency ?? 0);
  const service = 0.1 + (1000 / room) * 0.01;
  expect(loaded?.utilization).toBeCloseTo(2 * service, 4);
  // One server, equal prompts: half of what exponential ones would wait.
  const wait = ((2 * service) / (1 - 2 * service)) * service * 0.5;
  expect(loaded?.ttft.mean).toBeCloseTo(0.005 + 0.005 + 0.11 + wait, 4);
});

test("bursts and differing prompts wait longer", () => {
  const even = latencyModel(engine, arrivals)(1)?.ttft ?? { mean: 0, p95: 0 };
  const bursts = latencyModel(engine, { ...arrivals, burstiness: 5 })(1)?.ttft ?? { mean: 0, p95: 0 };
  const mixed = latencyModel(engine, { ...arrivals, prompt: { mean: 1000, p95: 3000 } })(1)?.ttft;
  expect(bursts.mean).toBeGreaterThan(even.mean);
  expect(bursts.p95).toBeGreaterThan(even.p95);
  // The longest take 0.32 s with nobody else.
  expect(mixed?.p95).toBeGreaterThan(Math.max(even.p95, 0.32));
});

test("more replicas share the requests", () => {
  const model = latencyModel(engine, { ...arrivals, requestsPerSecond: 16 });
  expect(model(1)).toBeUndefined();
  const [two, four] = [model(2), model(4)];
  expect(two?.utilization).toBeGreaterThan(1.9 * (four?.utilization ?? 1));
  expect(two?.ttft.p95).toBeGreaterThan(four?.ttft.p95 ?? 0);
});

test.each([
  { case: "prompts take more time than there is", change: { requestsPerSecond: 10 } },
  { case: "answers do not fit beside each other", change: { answer: { mean: 7000 } } },
])("not kept up with: $case", ({ change }) => {
  expect(latencyModel(engine, { ...arrivals, ...change })(1)).toBeUndefined();
});

test("answers that fill the steps leave no room for prompts", () => {
  const narrow = { ...engine, batchedTokens: 2 };
  expect(latencyModel(narrow, { ...arrivals, prompt: { mean: 1 } })(1)).toBeUndefined();
});

test("sequences are counted at their whole length", () => {
  expect(heldSequences(engine, arrivals)).toBe(90);
});

test.each(publishedServices)(
  "published: $requestsPerSecond requests a second of $prompt and $answer, $model on $tensor $accelerator",
  (row) => {
    const { ttftMilliseconds, itlMilliseconds } = predictedService(row);
    expect(Math.abs(ttftMilliseconds / row.ttftMilliseconds - 1)).toBeLessThan(0.265);
    expect(Math.abs(itlMilliseconds / row.itlMilliseconds - 1)).toBeLessThan(0.22);
  },
);
