/** A second, slow way from tokens to logits: all of the prompt anew for each token, by the training code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readSafetensors } from "../../../runtime/models/safetensors.ts";
import { Arena } from "../../../runtime/tiny/matrix.ts";
import { TinyModel } from "../../../runtime/tiny/model.ts";
import { type TinyShape, tensorShapes } from "../../../runtime/tiny/shape.ts";

const llama = z.looseObject({
  vocab_size: z.int(),
  hidden_size: z.int(),
  intermediate_size: z.int(),
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  num_key_value_heads: z.int(),
  head_dim: z.int(),
  max_position_embeddings: z.int(),
  rope_theta: z.number(),
  rms_norm_eps: z.number(),
  tie_word_embeddings: z.literal(true),
});

export class ReferenceModel {
  readonly shape: TinyShape;
  readonly #weights: ReadonlyMap<string, Float32Array>;
  readonly #models: Map<number, TinyModel> = new Map();
  readonly #arena: Arena = new Arena(256);

  /** A directory with config.json and model.safetensors, of a Llama with tied embeddings. */
  constructor(directory: string) {
    this.shape = shapeOf(join(directory, "config.json"));
    this.#weights = weightsOf(join(directory, "model.safetensors"), this.shape, this.#arena);
  }

  /** One row of logits for each token. */
  logits(tokens: readonly number[]): Float32Array[] {
    // Few lengths, because each takes memory of its own; what follows a token does not change its row.
    const length = Math.max(8, 2 ** Math.ceil(Math.log2(tokens.length)));
    const padded = Int32Array.from({ length }, (_, at) => tokens[at] ?? 0);
    const found = this.#modelFor(length).logits(this.#weights, padded);
    const width = this.shape.vocabulary;
    return tokens.map((_, row) => found.slice(row * width, (row + 1) * width));
  }

  /** The likeliest token each time, until one of `stop`, which is not part of it. */
  greedy(prompt: readonly number[], most: number, stop: readonly number[]): number[] {
    const answer: number[] = [];
    while (answer.length < most) {
      const last = this.logits([...prompt, ...answer]).at(-1) as Float32Array;
      const next = last.indexOf(
        last.reduce((best, score) => Math.max(best, score), Number.NEGATIVE_INFINITY),
      );
      if (stop.includes(next)) break;
      answer.push(next);
    }
    return answer;
  }

  #modelFor(tokens: number): TinyModel {
    const found = this.#models.get(tokens);
    if (found) return found;
    const made = new TinyModel(this.#arena, this.shape, { windows: 1, tokens });
    this.#models.set(tokens, made);
    return made;
  }
}

function shapeOf(file: string): TinyShape {
  const config = llama.parse(JSON.parse(readFileSync(file, "utf8")));
  return {
    vocabulary: config.vocab_size,
    width: config.hidden_size,
    feedForward: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    keyHeads: config.num_key_value_heads,
    headWidth: config.head_dim,
    contextTokens: config.max_position_embeddings,
    ropeTheta: config.rope_theta,
    normEpsilon: config.rms_norm_eps,
  };
}

function weightsOf(file: string, shape: TinyShape, arena: Arena): Map<string, Float32Array> {
  const bytes = readFileSync(file);
  const places = readSafetensors(file);
  return new Map(
    tensorShapes(shape).map(({ name }) => {
      const place = places.get(name);
      if (!place || (place.type !== "BF16" && place.type !== "F32")) throw new Error(`no tensor ${name}`);
      const values = arena.floats(place.bytes / (place.type === "BF16" ? 2 : 4));
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
      for (let at = 0; at < values.length; at += 1) {
        bits[at] =
          place.type === "BF16"
            ? bytes.readUInt16LE(place.offset + at * 2) << 16
            : bytes.readUInt32LE(place.offset + at * 4);
      }
      return [name, values];
    }),
  );
}
