import { expect, test } from "vitest";
import { alike, attention, gated, mixture } from "../../../../components/catalogue/model-layers.ts";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { parallelProblems, tensorDegrees } from "../../../../components/planning/models/parallel-problems.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";

const llama = modelFacts("meta-llama/Llama-3.1-8B-Instruct");
const qwen235 = modelFacts("Qwen/Qwen3-235B-A22B");
/** LLaMA-33B. */
const heads52 = { ...llama, layers: alike(60, attention(52, 52, 128), gated(17_920)) };
const path = ["model", "parallelism"];

test.each([
  { case: "heads that divide", model: llama, change: { tensor: 4 }, format: undefined, want: [] },
  {
    case: "more ranks than heads of keys",
    model: llama,
    change: { tensor: 16 },
    format: undefined,
    want: [],
  },
  {
    case: "three ranks for 32 heads",
    model: llama,
    change: { tensor: 3 },
    format: undefined,
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
    case: "three ranks for 52 heads (F05)",
    model: heads52,
    change: { tensor: 3 },
    format: undefined,
    want: [
      ["tensor", "3, which does not cut attention heads (52) evenly", "1, 2, 4", "set tensor to 2 or 4"],
    ],
  },
  {
    case: "heads of keys and values that share neither way",
    model: { ...llama, layers: alike(2, attention(24, 6, 64), gated(768)) },
    change: { tensor: 4 },
    format: undefined,
    want: [
      [
        "tensor",
        "4, which does not cut heads of keys and values (6) evenly",
        "1, 2, 3, 6, 12, 24",
        "set tensor to 3 or 6",
      ],
    ],
  },
  {
    case: "a feed-forward size that does not divide",
    model: { ...llama, layers: alike(2, attention(8, 8, 64), gated(100)) },
    change: { tensor: 8 },
    format: undefined,
    want: [
      ["tensor", "8, which does not cut the feed-forward size (100) evenly", "1, 2, 4", "set tensor to 4"],
    ],
  },
  // vllm-project/vllm#13980, of Qwen2.5-VL-72B with a language model of this shape.
  {
    case: "groups with a scale that would be cut",
    model: modelFacts("Qwen/Qwen2.5-72B-Instruct"),
    change: { tensor: 2 },
    format: quantization("awq"),
    want: [
      [
        "tensor",
        "2, which does not cut the feed-forward size into groups of 128 with a scale (29568) evenly",
        "1",
        "set tensor to 1",
      ],
    ],
  },
  // vLLM and SGLang: 1536 / 8 = 192 is not divisible by block_n = 128.
  {
    case: "squares with a scale that would be cut",
    model: qwen235,
    change: { tensor: 8 },
    format: quantization("fp8-block"),
    want: [
      [
        "tensor",
        "8, which does not cut the size of an expert into groups of 128 with a scale (1536) evenly",
        "1, 2, 4",
        "set tensor to 4",
      ],
    ],
  },
  {
    case: "the same with experts whole",
    model: qwen235,
    change: { tensor: 8, expert: true },
    format: quantization("fp8-block"),
    want: [],
  },
  {
    case: "scales of whole rows are never cut",
    model: qwen235,
    change: { tensor: 8 },
    format: quantization("fp8"),
    want: [],
  },
  {
    case: "more stages than layers",
    model: llama,
    change: { pipeline: 33 },
    format: undefined,
    want: [["pipeline", "33 stages for 32 layers", "1 to 32", "set pipeline to at most 32"]],
  },
  {
    case: "experts apart in a model without any",
    model: llama,
    change: { expert: true },
    format: undefined,
    want: [["expert", "true for a model without experts", "false", "leave expert out"]],
  },
  {
    case: "more ranks than experts",
    model: { ...llama, layers: alike(2, attention(32, 8, 64), mixture(8, 2, 512)) },
    change: { tensor: 8, data: 2, expert: true },
    format: undefined,
    want: [["expert", "16 ranks for 8 experts", "at most 8 ranks", "lower tensor times data to 8"]],
  },
])("$case", ({ model, change, format, want }) => {
  expect(parallelProblems(model, { ...alone, ...change }, format, path)).toEqual(
    want.map(([field = "", given, allowed, remedy]) => ({ path: [...path, field], given, allowed, remedy })),
  );
});

test.each([
  { model: "ai21labs/Jamba-v0.1", want: [1, 2, 4, 8, 16, 32] },
  { model: "nvidia/Nemotron-H-8B-Base-8K", want: [1, 2, 4, 8, 16, 32] },
  { model: "Qwen/Qwen3-Next-80B-A3B-Instruct", want: [1, 2, 4, 8, 16] },
  { model: "deepseek-ai/DeepSeek-V3", want: [1, 2, 4, 8, 16] },
  { model: "openai/gpt-oss-20b", want: [1, 2, 4, 8, 16, 32, 64] },
] as const)("$model can be cut into these", ({ model, want }) => {
  const facts = modelFacts(model);
  const format = model === "openai/gpt-oss-20b" ? undefined : facts.quantization;
  expect(tensorDegrees(facts, format, false)).toEqual(want);
});
