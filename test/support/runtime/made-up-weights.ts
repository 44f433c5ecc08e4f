/**
 * Models whose weights follow from the names of their tensors: oracle/generate.py makes the same, so that
 * what transformers computes for them can be compared without any weights being stored.
 */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Mixture } from "../../../runtime/models/mixture.ts";
import { type ModelConfig, modelConfig } from "../../../runtime/models/model-config.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

/** The end of MurmurHash3 on 32 bits (Austin Appleby, public domain). */
function mixed(value: number): number {
  let word = value;
  word ^= word >>> 16;
  word = Math.imul(word, 0x85ebca6b);
  word ^= word >>> 13;
  word = Math.imul(word, 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/** FNV-1a on 32 bits. */
function seedOf(name: string): number {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return seed;
}

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

/** The nearest bfloat16, ties to even, as its 16 bits. */
function bf16Bits(value: number): number {
  single[0] = value;
  const word = bits[0] ?? 0;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

function ofBf16(half: number): number {
  bits[0] = half << 16;
  return single[0] ?? 0;
}

export interface MadeUpTensor {
  readonly shape: readonly number[];
  /** Every value is a bfloat16. */
  readonly values: Float32Array;
}

/** What values of the embedding are at most: as a head as well, those of 1 repeat a token for ever. */
type EmbeddingRange = { readonly initializer_range?: number };

function madeUp(name: string, shape: readonly number[], range: EmbeddingRange): MadeUpTensor {
  const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
  fill(values, name, shape, range, (value) => ofBf16(bf16Bits(value)));
  return { shape, values };
}

/** Each value as it is kept. */
function fill(
  values: Float32Array | Uint16Array,
  name: string,
  shape: readonly number[],
  range: EmbeddingRange,
  kept: (value: number) => number,
): void {
  const seed = seedOf(name);
  const [offset, factor] = scaleOf(name, shape.at(-1) ?? 1, range);
  for (let index = 0; index < values.length; index += 1) {
    const even = mixed((Math.imul(index, 0x9e3779b9) + seed) | 0) / 2 ** 31 - 1;
    values[index] = kept(offset + even * factor);
  }
}

function scaleOf(
  name: string,
  inputs: number,
  { initializer_range = 1 }: EmbeddingRange,
): readonly [number, number] {
  if (name.endsWith("norm.weight")) return [1, 1 / 4];
  if (name.endsWith("bias")) return [0, 1 / 2];
  if (name.endsWith("embed_tokens.weight")) return [0, initializer_range];
  return [0, Math.sqrt(3 / inputs)];
}

/** Every tensor that the config's model has, by name. */
function madeUpTensors(config: ModelConfig, range: EmbeddingRange): ReadonlyMap<string, MadeUpTensor> {
  const tensors = new Map<string, MadeUpTensor>();
  for (const [name, shape] of Object.entries(shapesOf(config))) {
    tensors.set(name, madeUp(name, shape, range));
  }
  return tensors;
}

function shapesOf(config: ModelConfig): Record<string, readonly number[]> {
  const { hidden, intermediate, vocabularySize } = config;
  const [queries, keys] = [config.heads * config.headDim, config.kvHeads * config.headDim];
  const shapes: Record<string, readonly number[]> = {
    "model.embed_tokens.weight": [vocabularySize, hidden],
    "model.norm.weight": [hidden],
  };
  if (!config.isTied) shapes["lm_head.weight"] = [vocabularySize, hidden];
  for (let layer = 0; layer < config.layers; layer += 1) {
    const own = {
      "input_layernorm.weight": [hidden],
      "post_attention_layernorm.weight": [hidden],
      ...(config.hasOutputNorms && {
        "pre_feedforward_layernorm.weight": [hidden],
        "post_feedforward_layernorm.weight": [hidden],
      }),
      "self_attn.q_proj.weight": [queries, hidden],
      "self_attn.k_proj.weight": [keys, hidden],
      "self_attn.v_proj.weight": [keys, hidden],
      "self_attn.o_proj.weight": [hidden, queries],
      ...(config.mixture && config.layerKinds[layer]?.hasExperts
        ? mixtureShapes(config, config.mixture)
        : {
            "mlp.gate_proj.weight": [intermediate, hidden],
            "mlp.up_proj.weight": [intermediate, hidden],
            "mlp.down_proj.weight": [hidden, intermediate],
          }),
      ...(config.hasQkvBias && {
        "self_attn.q_proj.bias": [queries],
        "self_attn.k_proj.bias": [keys],
        "self_attn.v_proj.bias": [keys],
      }),
      ...(config.hasOutputBias && { "self_attn.o_proj.bias": [hidden] }),
      ...(config.hasQkNorm && {
        "self_attn.q_norm.weight": [config.headDim],
        "self_attn.k_norm.weight": [config.headDim],
      }),
    };
    for (const [name, shape] of Object.entries(own)) shapes[`model.layers.${layer}.${name}`] = shape;
  }
  return shapes;
}

/** Names in the files of layers that choose among experts. */
export function mixtureNames({ architecture }: ModelConfig) {
  const own = { part: "mlp", gate: "gate_proj", up: "up_proj", down: "down_proj" };
  const mixtral = { part: "block_sparse_moe", gate: "w1", up: "w3", down: "w2" };
  return architecture === "MixtralForCausalLM" ? mixtral : own;
}

function mixtureShapes(config: ModelConfig, { experts, intermediate }: Mixture) {
  const { part, gate, up, down } = mixtureNames(config);
  const shapes: Record<string, readonly number[]> = { [`${part}.gate.weight`]: [experts, config.hidden] };
  for (let expert = 0; expert < experts; expert += 1) {
    const at = `${part}.experts.${expert}`;
    shapes[`${at}.${gate}.weight`] = [intermediate, config.hidden];
    shapes[`${at}.${up}.weight`] = [intermediate, config.hidden];
    shapes[`${at}.${down}.weight`] = [config.hidden, intermediate];
  }
  return shapes;
}

const encodings = {
  BF16: (values: Float32Array) => Uint16Array.from(values, bf16Bits),
  F16: (values: Float32Array) => new Float16Array(values),
  F32: (values: Float32Array) => values,
};

/** A safetensors file; of bfloat16 unless the name of a tensor says otherwise. */
export function writeTensors(
  file: string,
  tensors: ReadonlyMap<string, MadeUpTensor>,
  typeOf: (name: string) => keyof typeof encodings = () => "BF16",
): void {
  const header: Record<string, object> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    const encoded = encodings[typeOf(name)](values);
    header[name] = { dtype: typeOf(name), shape, data_offsets: [offset, offset + encoded.byteLength] };
    offset += encoded.byteLength;
    parts.push(Buffer.from(encoded.buffer));
  }
  writeFileSync(file, Buffer.concat([headerOf(header), ...parts]));
}

export interface MadeUpModel {
  readonly directory: string;
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, MadeUpTensor>;
}

/** A directory with config.json and weights. */
export function madeUpModel(raw: object): MadeUpModel {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "config.json"), JSON.stringify(raw));
  const config = modelConfig("config.json", raw);
  const tensors = madeUpTensors(config, raw);
  writeTensors(join(directory, "model.safetensors"), tensors);
  return { directory, config, tensors };
}

/** The same directory for a model that is too large to be kept in memory too: its tensors are not told. */
export function madeUpDirectory(raw: object): string {
  const { directory, file, shapes } = beginDirectory(raw);
  for (const [name, shape] of shapes) {
    const values = new Uint16Array(shape.reduce((product, length) => product * length, 1));
    fill(values, name, shape, raw, bf16Bits);
    writeSync(file, values);
  }
  closeSync(file);
  return directory;
}

/** The same with files that are as large, of which nothing is written: every weight is 0. */
export function emptyDirectory(raw: object): string {
  const { directory, file, bytes } = beginDirectory(raw);
  ftruncateSync(file, bytes);
  closeSync(file);
  return directory;
}

/** Its config, and the weights' file with its header; so large it is to be. */
function beginDirectory(raw: object) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "config.json"), JSON.stringify(raw));
  const places: Record<string, object> = {};
  let offset = 0;
  const shapes = Object.entries(shapesOf(modelConfig("config.json", raw)));
  for (const [name, shape] of shapes) {
    const end = offset + 2 * shape.reduce((product, length) => product * length, 1);
    places[name] = { dtype: "BF16", shape, data_offsets: [offset, end] };
    offset = end;
  }
  const file = openSync(join(directory, "model.safetensors"), "w");
  const header = headerOf(places);
  writeSync(file, header);
  return { directory, file, shapes, bytes: header.length + offset };
}

function headerOf(header: Readonly<Record<string, object>>): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}
