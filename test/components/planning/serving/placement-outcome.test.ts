import { expect, test } from "vitest";
import { type ModelId, modelFacts } from "../../../../components/catalogue/models.ts";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import type { Placement } from "../../../../components/planning/serving/placement.ts";
import {
  placementOutcome,
  type ServingDemand,
  servingOf,
} from "../../../../components/planning/serving/placement-outcome.ts";

const arrivals = { requestsPerSecond: 2, prompt: { mean: 500, p95: 1500 }, answer: { mean: 200, p95: 500 } };

function demand(model: ModelId, change: Partial<ServingDemand> = {}): ServingDemand {
  return {
    model: modelFacts(model),
    settings: { engine: "vllm" },
    arrivals,
    objective: { ttftSeconds: 1, tpotSeconds: 0.05 },
    ...change,
  };
}

function placed(change: Partial<Placement> = {}): Placement {
  const whole = { mode: "dedicated" } as const;
  return {
    accelerator: "nvidia-h100-80gb-sxm",
    parallelism: alone,
    format: "published",
    sharing: whole,
    ...change,
  };
}

const llama8 = "meta-llama/Llama-3.1-8B-Instruct";
const llama70 = "meta-llama/Llama-3.1-70B-Instruct";

test("what fits and is fast enough says how many it takes", () => {
  expect(placementOutcome(demand(llama8), placed())).toMatchObject({ need: { replicas: 1 } });
});

test.each([
  {
    case: "weights do not fit",
    asked: demand(llama70),
    placement: placed(),
    reason: "131.4 GiB of weights and 1.6 GiB that the engine needs on each rank; 70.9 GiB are usable",
  },
  {
    case: "the longest request does not fit",
    asked: demand(llama8, { arrivals: { ...arrivals, prompt: { mean: 500, p95: 60_000 } } }),
    placement: placed({ accelerator: "nvidia-l4" }),
    reason: "60500 tokens of prompt and answer; 25344 fit at most",
  },
  {
    case: "longer than the model was made for",
    asked: demand("meta-llama/Llama-2-7b-hf", {
      arrivals: { ...arrivals, prompt: { mean: 500, p95: 4000 } },
    }),
    placement: placed(),
    reason: "4500 tokens of prompt and answer; allowed: 1 to 4096, what the model was made for",
  },
  {
    case: "a format that the accelerator lacks",
    asked: demand(llama8),
    placement: placed({ accelerator: "nvidia-t4", format: quantization("fp8") }),
    reason: "bf16 on nvidia-t4 with compute capability 7.5; allowed: fp16 or fp32; bf16 from 8.0 on",
  },
  {
    case: "ranks that do not divide the heads",
    asked: demand(llama8),
    placement: placed({ parallelism: { ...alone, tensor: 3 } }),
    reason: "3, which does not cut attention heads (32) evenly; allowed: 1, 2, 4, 8, 16, 32",
  },
  {
    case: "a speed that nobody knows",
    asked: demand("Qwen/Qwen3-0.6B"),
    placement: placed({ accelerator: "google-tpu-v6e" }),
    reason: "its speed is not known: no published figures of TPUs were compared yet",
  },
])("rejected: $case", ({ asked, placement, reason }) => {
  expect(placementOutcome(asked, placement)).toEqual({ reason });
});

test.each([
  {
    case: "first tokens",
    objective: { ttftSeconds: 0.01, tpotSeconds: 1 },
    reason: /^first token of 1500 tokens in \d+(\.\d)? ms with nobody else; 10 ms allowed$/,
  },
  {
    case: "other tokens",
    objective: { ttftSeconds: 1, tpotSeconds: 0.002 },
    reason: /^a token in \d(\.\d)? ms with nobody else; 2 ms allowed$/,
  },
])("too slow in $case", ({ objective, reason }) => {
  const outcome = placementOutcome(demand(llama8, { objective }), placed());
  expect("reason" in outcome && outcome.reason).toMatch(reason);
});

test("a replica without room for a second request keeps nobody's objective", () => {
  const long = { ...arrivals, prompt: { mean: 20_000 }, answer: { mean: 500 } };
  const objective = { ttftSeconds: 60, tpotSeconds: 0.2 };
  const outcome = placementOutcome(
    demand(llama8, { arrivals: long, objective }),
    placed({ accelerator: "nvidia-l4" }),
  );
  expect(outcome).toEqual({
    reason:
      "no number of replicas keeps first tokens under 60000 ms and others under 200 ms;" +
      " one holds 1 request at once",
  });
});

test("the network between machines counts where layers are in stages", () => {
  const placement = placed({ parallelism: { ...alone, tensor: 8, pipeline: 2 } });
  const tpot = (machine: "p5.48xlarge" | "g6.xlarge") => {
    const outcome = placementOutcome(demand(llama70), placement, machine);
    return "need" in outcome ? outcome.need.loaded.tpot.mean : Number.NaN;
  };
  expect(tpot("p5.48xlarge")).toBeLessThan(tpot("g6.xlarge"));
});

test("the longest requests decide what has to fit", () => {
  expect(servingOf(demand(llama8), placed({ format: "none" }))).toMatchObject({
    context: 2000,
    quantization: "none",
    parallelism: alone,
  });
  expect(servingOf(demand(llama8), placed()).quantization).toBeUndefined();
});
