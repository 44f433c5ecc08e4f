import { describe, expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import {
  type ModelPool,
  type ModelRequest,
  modelRow,
  poolPlacement,
} from "../../../../components/planning/serving/model-plan.ts";

const request: ModelRequest = {
  path: ["models", 0],
  name: "chat",
  team: "language",
  pool: "h100",
  modelName: "Llama 3.1 8B",
  model: modelFacts("meta-llama/Llama-3.1-8B-Instruct"),
  parallelism: alone,
  settings: { engine: "vllm" },
  context: 8192,
  replicas: 3,
  headroom: { failover: 1, surge: 1 },
};
const pool: ModelPool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 2,
  acceleratorsPerNode: 8,
  sharing: { mode: "dedicated" },
};
const sliced = {
  ...pool,
  sharing: { mode: "mig", layouts: [{ nodes: 2, profiles: { "3g.40gb": 2 } }] },
} as const satisfies ModelPool;

test("weights, context and replicas of a model, with what it asks for", () => {
  expect(modelRow(request, pool)).toEqual({
    name: "chat",
    team: "language",
    pool: "h100",
    model: "Llama 3.1 8B",
    // 8,030,261,248 parameters in two bytes each.
    weightGiB: 14.96,
    // 2 x 8 heads x 128 x 2 bytes x 32 layers.
    cacheKiBPerToken: 128,
    context: 8192,
    longestContext: 131_072,
    sequences: 54,
    perReplica: 1,
    replicas: 3,
    spare: 3,
    accelerators: 6,
    surge: 1,
    loaded: null,
  });
});

describe("what stands by for a machine that fails", () => {
  test.each([
    { case: "all replicas, where one machine holds them", change: {}, want: 3 },
    { case: "as many as a machine holds", change: { replicas: 12 }, want: 8 },
    { case: "two machines' worth", change: { replicas: 12, headroom: { failover: 2, surge: 0 } }, want: 16 },
    { case: "none", change: { headroom: { failover: 0, surge: 0 } }, want: 0 },
    { case: "two of four ranks a machine", change: { parallelism: { ...alone, tensor: 4 } }, want: 2 },
    {
      case: "one that spans machines",
      change: { parallelism: { ...alone, tensor: 8, pipeline: 2 } },
      want: 1,
    },
  ])("$case", ({ change, want }) => {
    expect(modelRow({ ...request, ...change }, pool).spare).toBe(want);
  });
});

test("a demand says how many replicas, and what they do", () => {
  const arrivals = { requestsPerSecond: 40, prompt: { mean: 1000 }, answer: { mean: 200 } };
  const demand = { arrivals, objective: { ttftSeconds: 1, tpotSeconds: 0.03 } };
  const row = modelRow({ ...request, replicas: undefined, demand }, pool);
  expect(row.replicas).toBeGreaterThan(1);
  expect(row.loaded?.ttftP95Seconds).toBeLessThanOrEqual(1);
  expect(row.loaded?.tpotP95Seconds).toBeLessThanOrEqual(0.03);
});

describe("where a replica stands", () => {
  test.each([
    { case: "alone", place: pool, want: { mode: "dedicated" } },
    { case: "on a slice", place: sliced, profile: "3g.40gb", want: { mode: "mig", profile: "3g.40gb" } },
    {
      case: "in turns",
      place: { ...pool, sharing: { mode: "time-slicing", replicas: 4, rename: true } } as const,
      want: { mode: "time-slicing", clients: 4 },
    },
  ])("$case", ({ place, profile, want }) => {
    expect(poolPlacement({ ...request, profile }, place)?.sharing).toEqual(want);
  });

  test("nowhere that is known: slices without a profile, devices that are claimed", () => {
    expect(poolPlacement(request, sliced)).toBeUndefined();
    expect(poolPlacement(request, { ...pool, sharing: { mode: "dra", devices: "whole" } })).toBeUndefined();
  });

  test("a slice has its own memory: 19 sequences of 8192 tokens fewer than half of the whole", () => {
    const { sequences, spare } = modelRow({ ...request, profile: "3g.40gb" }, sliced);
    expect([sequences, spare]).toEqual([19, 3]);
  });
});
