/** The small tokenizers that test/support/runtime/oracle/make-tokenizers.py trained, one of each family. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "../../../runtime/text/tokenizer.ts";

export const tokenizerNames = ["gpt2", "llama3", "qwen", "llama2", "mistral", "gemma"] as const;

export type TokenizerName = (typeof tokenizerNames)[number];

export const tokenizerDirectory = (name: TokenizerName) => join(import.meta.dirname, "tokenizers", name);

const loaded = new Map<TokenizerName, Tokenizer>();

export function tokenizerNamed(name: TokenizerName): Tokenizer {
  const tokenizer = loaded.get(name) ?? Tokenizer.load(tokenizerDirectory(name));
  loaded.set(name, tokenizer);
  return tokenizer;
}

/** What the Rust library says of a tokenizer whose added tokens are normalised before they are looked for. */
export interface NormalisedGolden {
  readonly base: TokenizerName;
  readonly normalizer: object;
  readonly added_tokens: readonly object[];
  /** A text, its tokens as text alone and with special ones parsed, these decoded without them and with. */
  readonly rows: readonly (readonly [string, readonly number[], readonly number[], string, string])[];
}

/** As test/support/runtime/oracle/make-normalised.py wrote them. */
export function normalisedGoldens(): readonly NormalisedGolden[] {
  const lines = readFileSync(join(import.meta.dirname, "oracle", "normalised.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as NormalisedGolden);
}

/** A text, its tokens as text alone, its tokens with special ones parsed, and those decoded without them. */
export type Encoding = readonly [string, readonly number[], readonly number[], string];

export function encodingsOf(name: TokenizerName): readonly Encoding[] {
  return JSON.parse(readFileSync(join(tokenizerDirectory(name), "encodings.json"), "utf8"));
}
