import { expect, test } from "vitest";
import type { Arrivals } from "../../../../components/planning/serving/loaded-latency.ts";
import { latencyModel } from "../../../../components/planning/serving/loaded-latency.ts";
import { neededMachines, neededReplicas } from "../../../../components/planning/serving/replica-count.ts";
import type { ReplicaEngine } from "../../../../components/planning/serving/replica-engine.ts";

const engine: ReplicaEngine = {
  timer: ({ answers, promptTokens }) => 0.01 + 0.0001 * promptTokens + 0.0002 * answers,
  groups: 1,
  lanes: 1,
  batchedTokens: 8192,
  frontSeconds: 0,
  sequences: () => 256,
};
const arrivals: Arrivals = {
  requestsPerSecond: 40,
  prompt: { mean: 1000, p95: 2500 },
  answer: { mean: 200 },
};
const objective = { ttftSeconds: 0.5, tpotSeconds: 0.05 };

test("as many as meet the objective, and one fewer does not", () => {
  const need = neededReplicas(engine, arrivals, objective);
  const replicas = need?.replicas ?? 0;
  const model = latencyModel(engine, arrivals);
  expect(replicas).toBeGreaterThan(2);
  expect(need?.loaded).toEqual(model(replicas));
  expect(need?.loaded.ttft.p95).toBeLessThanOrEqual(0.5);
  expect(need?.loaded.tpot.p95).toBeLessThanOrEqual(0.05);
  const fewer = model(replicas - 1);
  expect(fewer === undefined || fewer.ttft.p95 > 0.5 || fewer.tpot.p95 > 0.05).toBe(true);
});

test.each([
  { case: "first tokens", change: { ttftSeconds: 0.3, tpotSeconds: 10 } },
  { case: "other tokens", change: { ttftSeconds: 10, tpotSeconds: 0.016 } },
])("each half of the objective counts: $case", ({ change }) => {
  const loose = neededReplicas(engine, arrivals, { ttftSeconds: 10, tpotSeconds: 10 })?.replicas ?? 0;
  expect(neededReplicas(engine, arrivals, change)?.replicas).toBeGreaterThan(loose);
});

test("hardly any load takes one", () => {
  expect(neededReplicas(engine, { ...arrivals, requestsPerSecond: 0.01 }, objective)?.replicas).toBe(1);
});

test("what one request alone takes, no number of replicas mends", () => {
  expect(neededReplicas(engine, arrivals, { ...objective, tpotSeconds: 0.005 })).toBeUndefined();
});

test.each([
  { case: "one each", replicas: 3, perMachine: 1, want: { serving: 3, machines: 4, mostMachines: 5 } },
  {
    case: "a machine that has them all",
    replicas: 3,
    perMachine: 8,
    want: { serving: 1, machines: 2, mostMachines: 2 },
  },
  {
    case: "places that are full",
    replicas: 8,
    perMachine: 8,
    want: { serving: 1, machines: 2, mostMachines: 3 },
  },
  {
    case: "no spare machine",
    replicas: 3,
    perMachine: 2,
    headroom: { failover: 0, surge: 2 },
    want: { serving: 2, machines: 2, mostMachines: 3 },
  },
  {
    case: "nothing to spare at all",
    replicas: 4,
    perMachine: 2,
    headroom: { failover: 0, surge: 0 },
    want: { serving: 2, machines: 2, mostMachines: 2 },
  },
])("machines: $case", ({ replicas, perMachine, headroom, want }) => {
  expect(neededMachines(replicas, perMachine, headroom)).toEqual(want);
});
