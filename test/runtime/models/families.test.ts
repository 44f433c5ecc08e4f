import { expect, test } from "vitest";
import { families } from "../../../runtime/models/families.ts";

test("what families mean that do not tell, as transformers 5.23 has it", () => {
  const fields = ["sliding_window", "head_dim", "tie_word_embeddings", "final_logit_softcapping"];
  const told = Object.entries(families).map(([name, { defaults }]) => [
    name,
    ...fields.map((field) => (defaults as Record<string, unknown>)[field]),
  ]);
  expect(told).toEqual([
    ["LlamaForCausalLM", undefined, undefined, undefined, undefined],
    ["MistralForCausalLM", 4096, undefined, undefined, undefined],
    ["MixtralForCausalLM", undefined, undefined, undefined, undefined],
    ["Qwen2ForCausalLM", 4096, undefined, undefined, undefined],
    ["Qwen3ForCausalLM", 4096, 128, undefined, undefined],
    ["Qwen3MoeForCausalLM", 4096, undefined, undefined, undefined],
    ["GemmaForCausalLM", undefined, 256, true, undefined],
    ["Gemma2ForCausalLM", 4096, 256, true, 30],
    ["Gemma3ForCausalLM", 4096, 256, true, null],
  ]);
});
