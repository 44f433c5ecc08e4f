import { expect, test } from "vitest";
import { type ModelId, modelFacts } from "../../../../components/catalogue/models.ts";
import { type FitRequest, fitProblems } from "../../../../components/planning/models/fit-problems.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import { qwen7 } from "../../../support/models/published-fits.ts";

const llama8 = "meta-llama/Llama-3.1-8B-Instruct";

function request(name: ModelId, change: Partial<FitRequest>): FitRequest {
  return {
    name,
    model: modelFacts(name),
    accelerator: "nvidia-l4",
    parallelism: alone,
    settings: { engine: "vllm" },
    path: ["models", 0],
    ...change,
  };
}

test.each([
  { case: "a model that fits", asked: request(llama8, { context: 8192 }), want: [] },
  {
    case: "70 billion on one L4",
    asked: request("meta-llama/Llama-3.1-70B-Instruct", { context: 8192 }),
    want: [
      [
        "accelerator",
        "meta-llama/Llama-3.1-70B-Instruct on 1 nvidia-l4: 131.4 GiB of weights" +
          " and 1.6 GiB that the engine needs",
        "19.5 GiB, 0.9 of 21.6 GiB",
        "take 8 nvidia-l4 with tensor 8; or take 1 nvidia-b200-sxm with tensor 1",
      ],
    ],
  },
  {
    case: "weights that are too much for a whole node",
    asked: request("deepseek-ai/DeepSeek-V3", {
      accelerator: "nvidia-h100-80gb-sxm",
      parallelism: { ...alone, tensor: 8 },
      context: 32_768,
    }),
    want: [
      [
        "accelerator",
        "deepseek-ai/DeepSeek-V3 on 8 nvidia-h100-80gb-sxm: 79.3 GiB of weights" +
          " and 1.9 GiB that the engine needs each",
        "70.9 GiB, 0.9 of 78.8 GiB",
        "take 16 nvidia-h100-80gb-sxm with tensor 8 and pipeline 2; or take weights in compressed-int4;" +
          " or take 8 nvidia-h200-141gb-sxm with tensor 8",
      ],
    ],
  },
  {
    case: "the default context, which leaves no room for one sequence",
    asked: request(llama8, {}),
    want: [
      [
        "context",
        `131072 tokens, the default of ${llama8}`,
        "1 to 25344: 3.1 GiB are left for it, of 19.5 GiB, 0.9 of 21.6 GiB",
        "set context to 25344; or take 2 nvidia-l4 with tensor 2; or take 1 nvidia-a100-40gb with tensor 1",
      ],
    ],
  },
  {
    case: "Qwen1.5 7B with the default context on 24 GB (F01)",
    asked: request(llama8, {
      name: "Qwen1.5-7B-Chat",
      model: qwen7,
      accelerator: "nvidia-a10g",
      settings: { engine: "vllm", batchedTokens: 32_768, graphs: false },
    }),
    want: [
      [
        "context",
        "32768 tokens, the default of Qwen1.5-7B-Chat",
        "1 to 3152: 1.5 GiB are left for it, of 19.5 GiB, 0.9 of 21.6 GiB",
        "set context to 3152; or take 2 nvidia-a10g with tensor 2; or take 1 nvidia-a100-40gb with tensor 1",
      ],
    ],
  },
  {
    case: "a context that memory would hold, but not the model",
    asked: request(llama8, { context: 131_073, accelerator: "nvidia-h200-141gb-sxm" }),
    want: [
      [
        "context",
        "131073 tokens",
        `1 to 131072, what ${llama8} was made for`,
        "lower context to 131072, or take a model with a longer one",
      ],
    ],
  },
  {
    case: "three ranks: memory is not judged",
    asked: request(llama8, { parallelism: { ...alone, tensor: 3 } }),
    want: [
      [
        "tensor",
        "3, which does not cut attention heads (32) evenly",
        "1, 2, 4, 8, 16, 32",
        "set tensor to 2 or 4",
      ],
    ],
  },
  {
    case: "Turing in its own type",
    asked: request(llama8, { accelerator: "nvidia-l4", dtype: "fp16", context: 64 }),
    want: [],
  },
] as const)("$case", ({ asked, want }) => {
  expect(fitProblems(asked)).toEqual(
    want.map(([field, given, allowed, remedy]) => ({ path: ["models", 0, field], given, allowed, remedy })),
  );
});

test("everything that is wrong before memory is said at once", () => {
  const asked = request(llama8, {
    accelerator: "nvidia-t4",
    parallelism: { ...alone, tensor: 3 },
    context: 200_000,
  });
  expect(fitProblems(asked).map(({ path }) => path.at(-1))).toEqual(["dtype", "tensor", "context"]);
});

test("where nothing of the catalogue holds a model, that is said", () => {
  const layers = Array.from(
    { length: 400 },
    () => modelFacts("meta-llama/Llama-3.1-405B-Instruct").layers,
  ).flat();
  const [problem] = fitProblems(
    request(llama8, { model: { ...modelFacts(llama8), hiddenSize: 65_536, layers } }),
  );
  expect(problem?.remedy).toBe("take a smaller model: nothing in the catalogue holds this one");
});
