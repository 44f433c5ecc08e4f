/**
 * The parts of @huggingface/tokenizers that are used here, each by itself. Its declarations of them cannot be
 * resolved by Node's own rules (version 0.2.0, 2026-11-22), so what is needed of them is declared here.
 */
import { Tokenizer } from "@huggingface/tokenizers";

export interface LibraryParts {
  readonly normalizer: ((text: string) => string) | null;
  /** Also tells the pattern by which a Split cuts, in the words of JavaScript. */
  readonly pre_tokenizer: { readonly pattern?: RegExp | null } | null;
  readonly model: (pieces: readonly string[]) => string[];
  readonly post_processor:
    | ((tokens: string[], pair: null, isWrapped: boolean) => { readonly tokens: string[] })
    | null;
}

const nothing = {
  model: { type: "BPE", vocab: {}, merges: [] },
  normalizer: null,
  post_processor: null,
  decoder: null,
  pre_tokenizer: null,
  added_tokens: [],
};

export function libraryParts(parts: { readonly [Part in keyof LibraryParts]?: unknown }): LibraryParts {
  return new Tokenizer({ ...nothing, ...parts }, {}) as unknown as LibraryParts;
}
