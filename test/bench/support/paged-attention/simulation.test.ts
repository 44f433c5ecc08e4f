/** The scheduler in simulated time, where all can be worked out by hand. */
import { expect, test } from "vitest";
import { type Policy, policies } from "../../../../bench/support/paged-attention/policies.ts";
import { type Card, simulate, stepSeconds } from "../../../../bench/support/paged-attention/simulation.ts";

/** A second for all weights, or for eight tokens of them; keys and values cost nothing to read. */
const card: Card = {
  weightBytes: 1000,
  kvBytesPerToken: 1,
  kvCacheBytes: 1024,
  bytesPerSecond: 1000,
  operationsPerSecond: 8000,
};
const workload = { name: "one", card, sequenceTokens: 256, lengths: [{ prompt: 16, answer: 32 }] };

const named = (name: string) => policies.find((policy) => policy.name.startsWith(name)) as Policy;

test("a step takes as long as its weights or its products, and its contexts", () => {
  expect(stepSeconds(card, 1, 0)).toBe(1);
  expect(stepSeconds(card, 16, 0)).toBe(2);
  expect(stepSeconds(card, 1, 500)).toBe(1.5);
});

test.each([
  // Of 32 steps the first has 16 tokens; each of the others reads one more, until 47 stand there.
  { policy: "maximum", waste: 1 - 31.5 / 256 },
  { policy: "answer's next", waste: 1 - 31.5 / 48 },
  { policy: "length known", waste: 1 - 31.5 / 48 },
])("alone, $policy length wastes what is never filled", ({ policy, waste }) => {
  const outcome = simulate(workload, named(policy), 1e-6);
  expect(outcome.running).toBeLessThan(1.0001);
  expect(outcome.waste).toBeCloseTo(waste, 1);
});

test("what takes blocks as needed serves more at a time and wastes less", () => {
  const [maximum, paged] = [named("maximum"), named("paged")].map((policy) => simulate(workload, policy, 1));
  expect(maximum?.running).toBeLessThanOrEqual(4);
  expect(paged?.running).toBeGreaterThan(10);
  expect(paged?.secondsPerToken).toBeLessThan(maximum?.secondsPerToken ?? 0);
  expect(paged?.waste).toBeLessThan(maximum?.waste ?? 0);
});
