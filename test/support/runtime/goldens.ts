/** What transformers computed for made-up models: a line for each; oracle/generate.py wrote them. */
import { readFileSync } from "node:fs";

export interface Golden {
  readonly name: string;
  readonly config: {
    readonly vocab_size: number;
    readonly tie_word_embeddings: boolean;
    readonly architectures: readonly string[];
    readonly num_experts_per_tok?: number;
    readonly initializer_range?: number;
  };
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  readonly margins: readonly number[];
  readonly logprobs: Readonly<Record<string, readonly number[]>>;
  /** How near each step's token came to another choice of experts, where the model has such. */
  readonly gaps?: readonly number[];
}

export const goldens = readFileSync(new URL("oracle/goldens.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Golden);

/** The largest difference of two rows. */
export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? Number.NaN))));
}

/**
 * In 32 bits differences are of rounding alone: 2e-5 at most was seen. In bfloat16 they were 0.02, 0.04 where
 * norms add one to their weights, whose logits are twice as large, and 0.09 where the embedding is the head,
 * whose logits are five times as large; of embeddings a sixteenth as large 0.032. Where experts are chosen,
 * 0.08 was seen: a token before may have been given to another one, which is next to it in 32 bits.
 */
export function toleranceOf(precision: "bf16" | "f32", config: Golden["config"]): number {
  if (precision === "f32") return 5e-5;
  if (config.tie_word_embeddings) return config.initializer_range === undefined ? 0.15 : 0.045;
  if (config.num_experts_per_tok !== undefined) return 0.1;
  return config.architectures[0]?.startsWith("Gemma") ? 0.06 : 0.03;
}
