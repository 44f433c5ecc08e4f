/** A Qwen2.5 of half a billion made-up parameters: the same values as safetensors and as GGUF. */
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { quantiseModel } from "../../runtime/models/quantise.ts";
import {
  bytesOf,
  kindOf,
  type PatternTensor,
  pattern,
  valuesOf,
  writePatternSafetensors,
} from "./pattern-weights.ts";
import { q8Blocks } from "./q8-blocks.ts";

const shape = {
  layers: 24,
  hidden: 896,
  feedForward: 4864,
  heads: 14,
  keyHeads: 2,
  headWidth: 64,
  vocabulary: 151_936,
  contextTokens: 4096,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
};

interface Tensor extends PatternTensor {
  readonly ggufName: string;
}

function tensors(): Tensor[] {
  const { hidden, feedForward, vocabulary } = shape;
  const [queries, keys] = [shape.heads * shape.headWidth, shape.keyHeads * shape.headWidth];
  const all: Tensor[] = [];
  const add = (name: string, ggufName: string, ...size: number[]) => {
    all.push({ name, ggufName, shape: size, kind: kindOf(name, size) });
  };
  add("model.embed_tokens.weight", "token_embd.weight", vocabulary, hidden);
  add("model.norm.weight", "output_norm.weight", hidden);
  for (let layer = 0; layer < shape.layers; layer += 1) {
    const of = (name: string, ggufName: string, ...size: number[]) =>
      add(`model.layers.${layer}.${name}`, `blk.${layer}.${ggufName}`, ...size);
    of("input_layernorm.weight", "attn_norm.weight", hidden);
    of("post_attention_layernorm.weight", "ffn_norm.weight", hidden);
    for (const [name, outputs] of [
      ["q", queries],
      ["k", keys],
      ["v", keys],
    ] as const) {
      of(`self_attn.${name}_proj.weight`, `attn_${name}.weight`, outputs, hidden);
      of(`self_attn.${name}_proj.bias`, `attn_${name}.bias`, outputs);
    }
    of("self_attn.o_proj.weight", "attn_output.weight", hidden, queries);
    of("mlp.gate_proj.weight", "ffn_gate.weight", feedForward, hidden);
    of("mlp.up_proj.weight", "ffn_up.weight", feedForward, hidden);
    of("mlp.down_proj.weight", "ffn_down.weight", hidden, feedForward);
  }
  return all;
}

/** As floats of 32 bits: what GGUF keeps norms and biases in. */
function widened(part: Uint16Array): Uint8Array {
  return new Uint8Array(Uint32Array.from(part, (half) => half * 0x10000).buffer);
}

export interface QwenFiles {
  /** With config.json and model.safetensors. */
  readonly directory: string;
  readonly gguf: string;
}

export const weightFormats = ["bf16", "int8"] as const;
export type WeightFormat = (typeof weightFormats)[number];

/** In int8 linear layers have 8 bits in both files, as either engine has them; embedding and head keep 16. */
export function writeQwenFiles(directory: string, weights: WeightFormat): QwenFiles {
  const plain = join(directory, "bf16");
  mkdirSync(plain, { recursive: true });
  const config = {
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    hidden_act: "silu",
    hidden_size: shape.hidden,
    intermediate_size: shape.feedForward,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyHeads,
    vocab_size: shape.vocabulary,
    rms_norm_eps: shape.normEpsilon,
    max_position_embeddings: shape.contextTokens,
    rope_theta: shape.ropeTheta,
    tie_word_embeddings: true,
    use_sliding_window: false,
  };
  writeFileSync(join(plain, "config.json"), JSON.stringify(config));
  writePatternSafetensors(join(plain, "model.safetensors"), tensors());
  const gguf = join(directory, "model.gguf");
  writeGgufFile(gguf, pattern(), weights);
  if (weights === "bf16") return { directory: plain, gguf };
  const quantised = join(directory, "int8");
  quantiseModel(plain, quantised, { bits: 8, isPacked: true });
  rmSync(plain, { recursive: true });
  return { directory: quantised, gguf };
}

/** Types of values and tensors in GGUF version 3 (ggml-org/ggml, docs/gguf.md). */
const ggufTypes = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;
const ggufElements = {
  float32: { type: 0, bytes: 4, write: widened },
  q8: { type: 8, bytes: 34 / 32, write: q8Blocks },
  bfloat16: { type: 30, bytes: 2, write: bytesOf },
} as const;
/** Tensors begin at multiples of it. */
const alignment = 32;

function elementOf({ kind, ggufName }: Tensor, weights: WeightFormat) {
  if (kind !== "matrix") return ggufElements.float32;
  const isQuantised = weights === "int8" && ggufName !== "token_embd.weight";
  return isQuantised ? ggufElements.q8 : ggufElements.bfloat16;
}

function writeGgufFile(path: string, values: Uint16Array, weights: WeightFormat): void {
  const all = tensors();
  const entries = metadata();
  const infos: Buffer[] = [];
  let offset = 0;
  for (const tensor of all) {
    const { ggufName, shape: size } = tensor;
    const element = elementOf(tensor, weights);
    const count = size.reduce((product, length) => product * length, 1);
    const sizes = [...size].reverse().map((length) => uint64(length));
    infos.push(text(ggufName), uint32(size.length), ...sizes, uint32(element.type), uint64(offset));
    offset = aligned(offset + count * element.bytes);
  }
  const magic = Buffer.from("GGUF");
  const head = Buffer.concat([
    magic,
    uint32(3),
    uint64(all.length),
    uint64(entries.length),
    ...entries,
    ...infos,
  ]);
  const file = openSync(path, "w");
  writeSync(file, Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length)]));
  for (const [number, tensor] of all.entries()) {
    const { write } = elementOf(tensor, weights);
    const whole = write(wholeOf([...valuesOf(tensor, number, values)]));
    for (let written = 0; written < whole.length; ) written += writeSync(file, whole, written);
    writeSync(file, Buffer.alloc(aligned(whole.length) - whole.length));
  }
  closeSync(file);
}

function wholeOf(parts: readonly Uint16Array[]): Uint16Array {
  const whole = new Uint16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function metadata(): Buffer[] {
  const number = (name: string, value: number) =>
    Buffer.concat([text(name), uint32(ggufTypes.uint32), uint32(value)]);
  const real = (name: string, value: number) =>
    Buffer.concat([text(name), uint32(ggufTypes.float32), float32(value)]);
  const string = (name: string, value: string) =>
    Buffer.concat([text(name), uint32(ggufTypes.string), text(value)]);
  const list = (name: string, type: number, items: readonly Buffer[]) =>
    Buffer.concat([text(name), uint32(ggufTypes.array), uint32(type), uint64(items.length), ...items]);
  const tokens = Array.from({ length: shape.vocabulary }, (_, token) => tokenOf(token));
  return [
    string("general.architecture", "qwen2"),
    number("general.alignment", alignment),
    number("qwen2.block_count", shape.layers),
    number("qwen2.context_length", shape.contextTokens),
    number("qwen2.embedding_length", shape.hidden),
    number("qwen2.feed_forward_length", shape.feedForward),
    number("qwen2.attention.head_count", shape.heads),
    number("qwen2.attention.head_count_kv", shape.keyHeads),
    real("qwen2.attention.layer_norm_rms_epsilon", shape.normEpsilon),
    real("qwen2.rope.freq_base", shape.ropeTheta),
    string("tokenizer.ggml.model", "llama"),
    list(
      "tokenizer.ggml.tokens",
      ggufTypes.string,
      tokens.map(({ name }) => text(name)),
    ),
    list(
      "tokenizer.ggml.scores",
      ggufTypes.float32,
      tokens.map((_, token) => float32(-token)),
    ),
    list(
      "tokenizer.ggml.token_type",
      ggufTypes.int32,
      tokens.map(({ type }) => uint32(type)),
    ),
    number("tokenizer.ggml.bos_token_id", 1),
    number("tokenizer.ggml.eos_token_id", 2),
  ];
}

/** Nobody reads them: an unknown one, a beginning, an end, the bytes, and names. */
function tokenOf(token: number): { name: string; type: number } {
  if (token === 0) return { name: "<unk>", type: 2 };
  if (token < 3) return { name: token === 1 ? "<s>" : "</s>", type: 3 };
  if (token >= 3 + 256) return { name: `token${token}`, type: 1 };
  return { name: `<0x${(token - 3).toString(16).toUpperCase().padStart(2, "0")}>`, type: 6 };
}

function aligned(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}
