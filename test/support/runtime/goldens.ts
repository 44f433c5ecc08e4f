/** What transformers computed for made-up models: a line for each; oracle/generate.py wrote them. */
import { readFileSync } from "node:fs";
import type { Device } from "../../../runtime/device/contract.ts";
import { blocksFrom, byToken, Steps } from "./steps.ts";

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

/**
 * In 32 bits differences are of rounding alone: 2e-5 at most was seen. In bfloat16 they were 0.02, 0.04 where
 * norms add one to their weights, whose logits are twice as large, and 0.09 where the embedding is the head,
 * whose logits are five times as large. Where experts are chosen, 0.08 was seen: a token before may have been
 * given to another one, which is next to it in 32 bits.
 */
export function toleranceOf(precision: "bf16" | "f32", config: Golden["config"]): number {
  if (precision === "f32") return 5e-5;
  if (config.tie_word_embeddings) return 0.15;
  if (config.num_experts_per_tok !== undefined) return 0.1;
  return config.architectures[0]?.startsWith("Gemma") ? 0.06 : 0.03;
}

type Answered = Pick<Golden, "prompt" | "answer" | "margins" | "logprobs">;

/**
 * How far a device's log probabilities are from a golden's at most, prompt first and then token by token, and
 * at which steps it takes another token though no other is as near as the tolerance explains.
 */
export function replayed(
  device: Device,
  { prompt, answer, margins, logprobs }: Answered,
  { tolerance, adapter = 0 }: { readonly tolerance: number; readonly adapter?: number },
): { readonly far: number; readonly wrong: readonly number[] } {
  const steps = new Steps(device);
  const tokens = [...prompt, ...answer];
  const blocks = blocksFrom(3, tokens.length);
  const choice = { logprobs: device.facts.vocabularySize };
  const wrong: number[] = [];
  let far = 0;
  for (let step = 0; step < answer.length; step += 1) {
    const end = prompt.length + step;
    const start = step === 0 ? 0 : end - 1;
    const [told] = steps.run([{ tokens, start, end, blocks, choice, adapter }]);
    const wanted = logprobs[step];
    if (wanted && told) far = Math.max(far, distance(byToken(told), wanted));
    if ((margins[step] ?? 0) > 2 * tolerance && told?.sampled !== answer[step]) wrong.push(step);
  }
  return { far, wrong };
}
