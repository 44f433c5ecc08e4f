/** What the thread of the steps and that of the grammars tell each other, beside masks. */
import type { GrammarSource } from "../engine/contract.ts";

export interface GrammarThreadData {
  /** Directory with tokenizer.json. */
  readonly directory: string;
  readonly stopTokens: readonly number[];
  readonly vocabularySize: number;
  /** Rung after each message, and for each token that came. */
  readonly bell: SharedArrayBuffer;
}

export type ToGrammarThread =
  | {
      readonly type: "compile";
      readonly id: number;
      readonly source: GrammarSource;
      /** Those that came already. */
      readonly tokens: readonly number[];
      readonly memory: SharedArrayBuffer;
    }
  | { readonly type: "drop"; readonly id: number };

export type FromGrammarThread =
  | { readonly type: "ready" }
  | { readonly type: "compiled"; readonly id: number }
  | {
      readonly type: "refused";
      readonly id: number;
      readonly message: string;
      /** The fault is the grammar's. */
      readonly isOfGrammar: boolean;
    };
