/** A grammar whose compilation takes many seconds, though its vocabulary is small and its text short. */
import type { GrammarSource } from "../../../runtime/engine/contract.ts";

export type EbnfGrammar = Extract<GrammarSource, { readonly type: "ebnf" }>;

/** Parts that may all be empty, one behind the other: each of them may be followed by any later one. */
export function heavyGrammar(parts: number): EbnfGrammar {
  const names = Array.from({ length: parts }, (_, index) => `r${index}`);
  const rules = names.map((name) => `${name}::=[a-z]*`);
  return { type: "ebnf", grammar: [`root::=${names.join(" ")}`, ...rules].join("\n") };
}
