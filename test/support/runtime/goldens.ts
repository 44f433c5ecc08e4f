/** What transformers computed for made-up models: a line for each; oracle/generate.py wrote them. */
import { readFileSync } from "node:fs";

export interface Golden {
  readonly name: string;
  readonly config: {
    readonly vocab_size: number;
    readonly tie_word_embeddings: boolean;
    readonly architectures: readonly string[];
    readonly num_experts_per_tok?: number;
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
