/** Makes the tiny model: tokens, weights and every file that a model of Hugging Face's layout has. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as othersTurn } from "node:timers/promises";
import { Tokenizer } from "@huggingface/tokenizers";
import { writeSafetensors } from "../models/safetensors-writer.ts";
import { Adam } from "./adam.ts";
import { everyTurn, TurnSource } from "./corpus.ts";
import type { BatchSize } from "./layer.ts";
import { Arena } from "./matrix.ts";
import { emptyTensors, firstWeights, TinyModel } from "./model.ts";
import { seededRandom } from "./random.ts";
import { llamaConfig, type TinyShape, tensorShapes } from "./shape.ts";
import { endToken, makeTokenizer, type TokenizerFiles } from "./tokenizer-maker.ts";
import { dialogueWindow, type EncodedTurn, type Window } from "./windows.ts";

export interface TinySettings {
  readonly shape: TinyShape;
  /** Taken in turn. Long windows teach what to do late in a dialogue, short ones are cheaper. */
  readonly batches: readonly BatchSize[];
  readonly steps: number;
  readonly rate: number;
  readonly seed: number;
}

/** What is made if nobody asks for anything else. */
export const tinySettings: TinySettings = {
  shape: {
    vocabulary: 512,
    width: 128,
    feedForward: 256,
    layers: 3,
    heads: 4,
    keyHeads: 2,
    headWidth: 32,
    contextTokens: 512,
    ropeTheta: 10_000,
    normEpsilon: 1e-5,
  },
  batches: [
    { windows: 2, tokens: 128 },
    { windows: 2, tokens: 128 },
    { windows: 2, tokens: 128 },
    { windows: 2, tokens: 128 },
    { windows: 1, tokens: 512 },
  ],
  steps: 1300,
  rate: 0.003,
  seed: 1,
};

export interface TinyProgress {
  /** Steps that are done. */
  readonly step: number;
  readonly steps: number;
  /** Of this step, in nats a token. */
  readonly loss: number;
}

export interface TinyOptions extends Partial<TinySettings> {
  readonly onProgress?: (progress: TinyProgress) => void;
}

/** The same settings make the same files; by default in 93 s of one core of a machine that was busy. */
export async function makeTinyModel(
  directory: string,
  { onProgress, ...changes }: TinyOptions = {},
): Promise<void> {
  const settings = { ...tinySettings, ...changes };
  const { shape } = settings;
  const text = everyTurn().flat();
  const spoken = text.flatMap(({ question, answer }) => [question, answer]).join("\n");
  const files = makeTokenizer(spoken, shape.vocabulary);
  const weights = await trainedWeights(settings, encoderOf(files), onProgress);

  mkdirSync(directory, { recursive: true });
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  const texts = {
    ...files,
    "config.json": json(llamaConfig(shape, endToken)),
    "generation_config.json": json({ eos_token_id: endToken, do_sample: false }),
  };
  for (const [name, content] of Object.entries(texts)) writeFileSync(join(directory, name), content);
  const tensors = tensorShapes(shape).map((tensor) => ({
    ...tensor,
    values: weights.get(tensor.name) as Float32Array,
  }));
  writeSafetensors(join(directory, "model.safetensors"), tensors, "BF16");
}

function encoderOf(files: TokenizerFiles): (text: string) => readonly number[] {
  const tokenizer = new Tokenizer(
    JSON.parse(files["tokenizer.json"]),
    JSON.parse(files["tokenizer_config.json"]),
  );
  const known = new Map<string, readonly number[]>();
  return (text) => {
    const found = known.get(text) ?? tokenizer.encode(text, { add_special_tokens: false }).ids;
    known.set(text, found);
    return found;
  };
}

async function trainedWeights(
  { shape, batches, steps, rate, seed }: TinySettings,
  encode: (text: string) => readonly number[],
  onProgress: TinyOptions["onProgress"],
): Promise<Map<string, Float32Array>> {
  const random = seededRandom(seed);
  const arena = new Arena(256);
  const weights = firstWeights(arena, shape, random);
  const gradients = emptyTensors(arena, shape);
  const models = batches.map((batch) => new TinyModel(arena, shape, batch));
  const [values, slopes] = [[...weights.values()], [...gradients.values()]];
  const adam = new Adam(
    values.map(({ length }) => length),
    { meanDecay: 0.9, squareDecay: 0.95, epsilon: 1e-8, gradientLength: 1 },
  );
  const source = new TurnSource(random);
  const nextTurn = (): EncodedTurn => {
    const { question, answer } = source.next();
    return { question: encode(question), answer: encode(answer) };
  };
  for (let step = 1; step <= steps; step += 1) {
    const turn = step % batches.length;
    const { tokens, targets } = drawBatch(nextTurn, batches[turn] as BatchSize);
    const loss = (models[turn] as TinyModel).learn(weights, gradients, tokens, targets);
    adam.step(values, slopes, rate * rateShare(step, steps));
    onProgress?.({ step, steps, loss });
    // So that a lock is renewed and a signal heard.
    await othersTurn();
  }
  return weights;
}

function drawBatch(nextTurn: () => EncodedTurn, { windows, tokens: length }: BatchSize): Window {
  const tokens = new Int32Array(windows * length);
  const targets = new Int32Array(windows * length);
  for (let window = 0; window < windows; window += 1) {
    const drawn = dialogueWindow(nextTurn, length);
    tokens.set(drawn.tokens, window * length);
    targets.set(drawn.targets, window * length);
  }
  return { tokens, targets };
}

/** Rises to 1 in the first twentieth, then falls along a half cosine to a twentieth. */
function rateShare(step: number, steps: number): number {
  const rise = Math.max(1, steps / 20);
  if (step < rise) return step / rise;
  const way = (step - rise) / Math.max(1, steps - rise);
  return 0.05 + 0.95 * (0.5 + 0.5 * Math.cos(Math.PI * way));
}
