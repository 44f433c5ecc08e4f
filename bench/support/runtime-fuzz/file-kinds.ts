/** Inputs that come as files of a model: each is taken, or refused by name. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { modelConfig } from "../../../runtime/models/model-config.ts";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";
import { tensorPlaces } from "../../../runtime/models/safetensors.ts";
import { Tokenizer } from "../../../runtime/text/tokenizer.ts";
import { type FuzzKind, kindOf, met, type Places } from "./fuzz-kind.ts";
import { edited, edits, mutated, mutations } from "./mutations.ts";

/** Kinds that need no server. */
export const fileKinds: Readonly<Record<string, (places: Places) => FuzzKind | Promise<FuzzKind>>> = {
  safetensors: () => safetensors(),
  config: ({ model }) => config(model),
  tokenizer: (places) => tokenizer(places),
};

function safetensors(): FuzzKind {
  const header = {
    __metadata__: { format: "pt" },
    "model.embed_tokens.weight": { dtype: "BF16", shape: [64, 32], data_offsets: [0, 4096] },
    "model.norm.weight": { dtype: "F32", shape: [32], data_offsets: [4096, 4224] },
    "lm_head.weight": { dtype: "F16", shape: [2, 2, 2], data_offsets: [4224, 4240] },
  };
  const whole = Buffer.from(JSON.stringify(header));
  return kindOf({
    inputs: fc.oneof(
      mutations.map((changes) => Buffer.from(JSON.stringify(mutated(header, changes)) ?? "")),
      edits.map((changes) => edited(whole, changes)),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    ),
    meet: (bytes) =>
      met(() => {
        const fileBytes = 8 + bytes.length + 4240;
        for (const [name, { offset, bytes: length }] of tensorPlaces("f", bytes, fileBytes)) {
          const isWithin = offset >= 8 + bytes.length && length >= 0 && offset + length <= fileBytes;
          if (!isWithin) throw new Error(`${name} lies at ${offset}, ${length} bytes of ${fileBytes}`);
        }
      }, ModelFileError),
  });
}

function config(model: string): FuzzKind {
  const base: object = JSON.parse(readFileSync(join(model, "config.json"), "utf8"));
  const llama3 = {
    ...{ rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
    original_max_position_embeddings: 128,
  };
  const bases = [
    base,
    { ...base, architectures: ["Qwen2ForCausalLM"], model_type: "qwen2", use_sliding_window: false },
    { ...base, architectures: ["Qwen3ForCausalLM"], model_type: "qwen3", rope_scaling: llama3 },
    { ...base, architectures: ["MistralForCausalLM"], model_type: "mistral", sliding_window: null },
  ];
  return kindOf({
    inputs: fc.tuple(fc.constantFrom(...bases), mutations).map(([one, changes]) => mutated(one, changes)),
    meet: (input) => met(() => void modelConfig("config.json", input), ModelFileError),
  });
}

const tokenizerNames = ["tokenizer.json", "tokenizer_config.json"] as const;
/** Most of a tokenizer's file are merges, all alike: with a few of them more mutations reach all else. */
const mergesKept = 40;

function tokenizer({ model, scratch }: Places): FuzzKind {
  const read = (name: string) => JSON.parse(readFileSync(join(model, name), "utf8")) as unknown;
  const [whole, config] = tokenizerNames.map(read);
  const documents = [shortened(whole as TokenizerDocument), config];
  const texts = documents.map(textOf);
  const write = (index: number, file: Uint8Array) => {
    const path = join(scratch, tokenizerNames[index] ?? "");
    // A file that is written over is flushed to the disk when it is closed; one that is new is not.
    rmSync(path, { force: true });
    writeFileSync(path, file);
  };
  for (const [index, text] of texts.entries()) write(index, text);
  const change = fc.oneof(
    {
      weight: 6,
      arbitrary: mutations.map((changes) => (index: number) => textOf(mutated(documents[index], changes))),
    },
    {
      weight: 1,
      arbitrary: edits.map((changes) => (index: number) => edited(texts[index] ?? Buffer.of(), changes)),
    },
  );
  const input = fc.record({
    index: fc.nat({ max: 1 }),
    change,
    text: fc.string({ unit: "binary", maxLength: 30 }),
  });
  return kindOf({
    inputs: input.map(({ index, change, text }) => ({ index, file: change(index), text })),
    meet: ({ index, file, text }) => {
      write(index, file);
      try {
        return met(() => {
          const loaded = Tokenizer.load(scratch);
          loaded.decode(loaded.encode(text));
        }, ModelFileError);
      } finally {
        write(index, texts[index] ?? Buffer.of());
      }
    },
  });
}

interface TokenizerDocument {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly [string, string])[];
  };
}

/** The same with a few merges, and the tokens that these want. */
function shortened<Document extends TokenizerDocument>(document: Document): Document {
  const { model } = document;
  const merges = model.merges.slice(0, mergesKept);
  const made = new Set(merges.map((pair) => (typeof pair === "string" ? pair.split(" ") : pair).join("")));
  const vocab = Object.entries(model.vocab).filter(([name]) => name.length === 1 || made.has(name));
  return { ...document, model: { ...model, merges, vocab: Object.fromEntries(vocab) } };
}

function textOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value) ?? "");
}
