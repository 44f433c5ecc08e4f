import { expect, test } from "vitest";
import { makeLane, type ServedRequest } from "../../../../components/planning/serving/lane.ts";
import type { ReplicaEngine } from "../../../../components/planning/serving/replica-engine.ts";
import type { TracedRequest } from "../../../../components/planning/serving/request-trace.ts";
import type { Step } from "../../../../components/planning/serving/step-time.ts";

/** A step takes a second and a thousandth for each token of a prompt; one holds 1024 tokens. */
function lane(change: Partial<ReplicaEngine> = {}) {
  const steps: Step[] = [];
  const ended: [TracedRequest, ServedRequest | undefined][] = [];
  const engine: ReplicaEngine = {
    timer: (step) => {
      steps.push(step);
      return 1 + step.promptTokens / 1000;
    },
    groups: 1,
    lanes: 1,
    batchedTokens: 500,
    frontSeconds: 0.25,
    sequences: (tokens) => Math.floor(1024 / tokens),
    ...change,
  };
  const made = makeLane(engine, (request, served) => ended.push([request, served]));
  return { made, steps, ended };
}

const request = (arrivalSeconds: number, promptTokens: number, answerTokens: number): TracedRequest => ({
  arrivalSeconds,
  promptTokens,
  answerTokens,
});

const never = Number.POSITIVE_INFINITY;

test("a request alone: its prompt in chunks, then a step for each token", () => {
  const { made, steps, ended } = lane();
  const only = request(10, 700, 3);
  made.accept(only);
  expect([made.promptTokens(), made.requests()]).toEqual([700, 1]);
  made.advance(never);
  expect(steps).toEqual([
    { answers: 0, answerContext: 0, promptTokens: 500, promptContext: 250, prompts: 0 },
    { answers: 0, answerContext: 0, promptTokens: 200, promptContext: 600, prompts: 1 },
    { answers: 1, answerContext: 701, promptTokens: 0, promptContext: 0, prompts: 0 },
    { answers: 1, answerContext: 702, promptTokens: 0, promptContext: 0, prompts: 0 },
  ]);
  expect(ended).toEqual([
    [only, { ttftSeconds: expect.closeTo(2.95, 9), tpotSeconds: expect.closeTo(1, 9) }],
  ]);
  expect([made.promptTokens(), made.requests()]).toEqual([0, 0]);
});

test("an answer of one token ends with its prompt", () => {
  const { made, ended } = lane();
  made.accept(request(0, 100, 1));
  made.advance(never);
  expect(ended).toEqual([
    [request(0, 100, 1), { ttftSeconds: expect.closeTo(1.35, 9), tpotSeconds: undefined }],
  ]);
});

test("prompts share a step with answers, and with each other, first come first served", () => {
  const { made, steps } = lane();
  made.accept(request(0, 100, 3));
  made.advance(0.5);
  made.accept(request(0.5, 200, 2));
  made.accept(request(0.5, 400, 2));
  made.advance(1.2);
  expect(steps.at(-1)).toEqual({
    answers: 1,
    answerContext: 101,
    // 499 of 600: all of the second prompt, 299 of the third.
    promptTokens: 499,
    promptContext: (200 * 100 + 299 * 149.5) / 499,
    prompts: 1,
  });
});

test("a request without room waits for one that ends; nobody passes it", () => {
  const { made, steps, ended } = lane();
  // 512 tokens each: two fit.
  for (const answerTokens of [2, 5, 2, 2]) made.accept(request(0, 400, answerTokens));
  made.advance(never);
  expect(ended.map(([{ answerTokens }]) => answerTokens)).toEqual([2, 2, 5, 2]);
  expect(Math.max(...steps.map(({ answers }) => answers))).toBeLessThanOrEqual(2);
});

test("what never fits is told at once", () => {
  const { made, ended } = lane();
  made.accept(request(0, 1000, 100));
  expect(ended).toEqual([[request(0, 1000, 100), undefined]]);
  expect(made.requests()).toBe(0);
});

test("groups and stages share the replica's memory", () => {
  const { made, ended } = lane({ groups: 2 });
  made.accept(request(0, 600, 100));
  expect(ended).toEqual([[request(0, 600, 100), undefined]]);
});

test("only steps that begin before a time are taken, and idle time passes", () => {
  const { made, steps } = lane();
  made.accept(request(0, 100, 4));
  made.advance(1.1);
  expect(steps).toHaveLength(1);
  made.advance(1.11);
  expect(steps).toHaveLength(2);
});
