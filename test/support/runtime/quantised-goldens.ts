/** Quantised models and what transformers computed with them, and questions to compare devices by. */
import { readFileSync } from "node:fs";
import { seededRandom } from "../../../components/planning/random.ts";
import type { Device } from "../../../runtime/device/contract.ts";
import { quantisedModel } from "./quantised-models.ts";
import { type Answer, blocksFrom, type Slice, Steps } from "./steps.ts";

export interface QuantisedGolden {
  readonly name: string;
  readonly flags?: readonly string[];
  readonly config: {
    readonly vocab_size: number;
    readonly tie_word_embeddings: boolean;
    readonly initializer_range?: number;
  };
  /** Hashes of tensors of the files, and of what they are expanded to. */
  readonly files: Readonly<Record<string, string>>;
  readonly weights: Readonly<Record<string, string>>;
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  readonly margins: readonly number[];
  readonly logprobs: Readonly<Record<string, readonly number[]>>;
}

const oracle = new URL("oracle/", import.meta.url);
/** A line for each model; oracle/make-quantised.py wrote them. */
export const quantisedGoldens = readFileSync(new URL("quantised.jsonl", oracle), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as QuantisedGolden);

/** As for the same models with other weights: see goldens.ts. */
export function quantisedTolerance({ config }: QuantisedGolden, precision: "bf16" | "f32" = "bf16"): number {
  if (precision === "f32") return 5e-5;
  if (!config.tie_word_embeddings) return 0.03;
  return config.initializer_range === undefined ? 0.15 : 0.045;
}

export function quantisedGoldenDirectory({ name, flags, config }: QuantisedGolden): string {
  if (!flags) return new URL(name, oracle).pathname;
  const [, weights, , group] = flags;
  if (weights === "int8") return quantisedModel(config, { bits: 8, isPacked: true });
  return quantisedModel(config, { bits: 4, isPacked: true, group: Number(group) });
}

const lengths = [1, 7, 21, 40];

/**
 * By prompt: what it gets, and then each of so many tokens behind it. Once each is alone, and once all of
 * them are in the same steps.
 */
export function aloneAndTogether(
  device: Device,
  tokens: number,
): { alone: Answer[][]; together: Answer[][] } {
  const sequences = lengths.map((length, index) => {
    const random = seededRandom(index + 20);
    return Array.from({ length: length + tokens }, () => random.below(100));
  });
  const sliceOf = (index: number, turn: number): Slice => {
    const end = (lengths[index] ?? 0) + turn;
    const blocks = blocksFrom(index * 4, (lengths[index] ?? 0) + tokens);
    const start = turn === 0 ? 0 : end - 1;
    return { tokens: sequences[index] ?? [], start, end, blocks, choice: { logprobs: 100 } };
  };
  const turns = Array.from({ length: tokens + 1 }, (_, turn) => turn);
  const steps = new Steps(device);
  const alone = lengths.map((_, index) => turns.flatMap((turn) => steps.run([sliceOf(index, turn)])));
  const byTurn = turns.map((turn) => steps.run(lengths.map((_, index) => sliceOf(index, turn))));
  return { alone, together: lengths.map((_, index) => byTurn.map((row) => row[index] as Answer)) };
}
