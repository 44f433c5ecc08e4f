import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import {
  type AlternativesRequest,
  servingAlternatives,
} from "../../../../components/planning/serving/serving-alternatives.ts";

function request(change: Partial<AlternativesRequest> = {}): AlternativesRequest {
  return {
    model: modelFacts("meta-llama/Llama-3.1-8B-Instruct"),
    settings: { engine: "vllm" },
    arrivals: { requestsPerSecond: 4, prompt: { mean: 500, p95: 1500 }, answer: { mean: 200, p95: 500 } },
    objective: { ttftSeconds: 1, tpotSeconds: 0.05 },
    ...change,
  };
}

const words = (found: ReturnType<typeof servingAlternatives>) =>
  found.ranked.map(({ description, usdPerMonth }) => ({ description, usdPerMonth }));

test("two machines: cheapest first, a spare one paid for, reckoned from the catalogue's prices", () => {
  const market = { machines: ["g6e.xlarge", "p5.4xlarge"] } as const;
  expect(words(servingAlternatives(request({ market, modes: ["dedicated"] })))).toEqual([
    // 1.861 x 730 x 2, 6.88 x 730 x 2.
    { description: "2 g6e.xlarge on-demand in us-east-1: 1 nvidia-l40s", usdPerMonth: 2717.06 },
    { description: "2 p5.4xlarge on-demand in us-east-1: 1 nvidia-h100-80gb-sxm", usdPerMonth: 10_044.8 },
  ]);
});

test("the cheapest of all meets the objective, and none that is ranked misses it", () => {
  const found = servingAlternatives(request({ formats: ["published", quantization("fp8")] }));
  expect(found.ranked.length).toBeGreaterThan(50);
  const costs = found.ranked.map(({ usdPerMonth }) => usdPerMonth);
  expect(costs).toEqual(costs.toSorted((one, other) => one - other));
  for (const { need } of found.ranked) {
    expect(need.loaded.ttft.p95).toBeLessThanOrEqual(1);
    expect(need.loaded.tpot.p95).toBeLessThanOrEqual(0.05);
  }
  expect(found.rejected.every(({ reason }) => /\d|known|nobody|no pool/.test(reason))).toBe(true);
});

test("each rejected way says why, with figures", () => {
  const market = {
    machines: ["g4dn.xlarge", "g6.xlarge", "g6e.xlarge", "p5e.48xlarge"],
    regions: ["us-east-1"],
  } as const;
  const { ranked, rejected } = servingAlternatives(
    request({ market, modes: ["dedicated"], objective: { ttftSeconds: 1, tpotSeconds: 0.03 } }),
  );
  expect(ranked.map(({ machine }) => machine)).toEqual(["g6e.xlarge"]);
  expect(rejected).toContainEqual({
    description: "1 nvidia-t4",
    reason: "bf16 on nvidia-t4 with compute capability 7.5; allowed: fp16 or fp32; bf16 from 8.0 on",
  });
  expect(rejected).toContainEqual({
    description: "1 nvidia-l4",
    reason: "a token in 64.3 ms with nobody else; 30 ms allowed",
  });
  expect(rejected).toContainEqual({
    description: "4 nvidia-l4, tensor 4",
    reason: "takes 4 of one machine; the most that one has is 1",
  });
  expect(rejected).toContainEqual({
    description: "16 nvidia-l4, tensor 8, pipeline 2",
    reason: "takes all 8 accelerators of each of 2 machines; the most that one has is 1",
  });
  expect(rejected).toContainEqual({
    description: "1 nvidia-h200-141gb-sxm",
    machine: "p5e.48xlarge",
    reason: "no price is known: no price of us-east-1 in the source",
  });
});

test("capacity types and regions are those of the catalogue's prices", () => {
  const market = { machines: ["g2-standard-4"], capacities: ["on-demand", "spot"] } as const;
  const asked = request({ market, modes: ["dedicated"], objective: { ttftSeconds: 3, tpotSeconds: 0.2 } });
  const { ranked } = servingAlternatives(asked);
  expect(ranked.map(({ price }) => price.capacity)).toEqual(["spot", "on-demand"]);
  const elsewhere = servingAlternatives({ ...asked, market: { ...market, regions: ["europe-west4"] } });
  expect(elsewhere.ranked).toEqual([]);
  expect(elsewhere.rejected[0]).toEqual({
    description: "1 nvidia-l4",
    machine: "g2-standard-4",
    reason:
      "no price on-demand or spot in europe-west4; known: on-demand in us-central1, spot in us-central1",
  });
});

test("a small model shares a GPU where that is allowed, which is cheaper than one of its own", () => {
  const market = { machines: ["p5.4xlarge"] } as const;
  const arrivals = { requestsPerSecond: 60, prompt: { mean: 200 }, answer: { mean: 100 } };
  const asked = request({
    model: modelFacts("Qwen/Qwen3-0.6B"),
    market,
    arrivals,
    headroom: { failover: 0 },
  });
  const modes = ["dedicated", "mig", "time-slicing", "mps"] as const;
  const { ranked } = servingAlternatives({ ...asked, modes });
  const kinds = ranked.map(({ placement }) => placement.sharing.mode);
  expect(new Set(kinds)).toEqual(new Set(modes));
  expect(servingAlternatives(asked).ranked.map(({ placement }) => placement.sharing.mode)).not.toContain(
    "mps",
  );
});

test("a model too large for one machine stands on several, each of them paid for", () => {
  const market = { machines: ["p4d.24xlarge"] } as const;
  const model = modelFacts("meta-llama/Llama-3.1-405B-Instruct");
  const formats = [quantization("compressed-int4")];
  const asked = request({ model, market, formats, objective: { ttftSeconds: 5, tpotSeconds: 0.2 } });
  const { ranked } = servingAlternatives({ ...asked, headroom: { failover: 1, surge: 1 } });
  const two = ranked.find(({ placement }) => placement.parallelism.pipeline === 2);
  expect(two?.machines).toEqual({ serving: 2, machines: 4, mostMachines: 6 });
  expect(two?.usdPerMonth).toBe(Math.round(21.957642 * 730 * 4 * 100) / 100);
});

test("accelerators whose nodes are not known are rejected as a whole", () => {
  const market = { machines: ["p6-b300.48xlarge"] } as const;
  expect(servingAlternatives(request({ market }))).toEqual({
    ranked: [],
    rejected: [
      {
        description: "nvidia-b300-sxm",
        reason: "no pool may hold it: what its nodes say of themselves is not in the catalogue",
      },
    ],
  });
});
