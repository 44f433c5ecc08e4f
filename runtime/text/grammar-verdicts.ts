/** Which grammars were compiled before, and which took too long: by a hash of each, and bounded. */
import { createHash } from "node:crypto";
import type { GrammarSource } from "../engine/contract.ts";

/** As many of each kind are remembered. */
const keptMost = 64;

export class GrammarVerdicts {
  readonly #heavy = new Set<string>();
  readonly #compiled = new Set<string>();

  /** The same for grammars that are the same; a source may be megabytes long. */
  static keyOf(source: GrammarSource): string {
    return createHash("sha256").update(JSON.stringify(source)).digest("base64");
  }

  /** It took too long, and is not to be tried again. */
  isHeavy(key: string): boolean {
    return this.#heavy.has(key);
  }

  setCompiled(key: string): void {
    keep(this.#compiled, key);
  }

  /** One that was compiled once was late for a busy machine: it may be tried again. */
  setLate(key: string): void {
    if (!this.#compiled.has(key)) keep(this.#heavy, key);
  }
}

function keep(keys: Set<string>, key: string): void {
  keys.delete(key);
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > keptMost && oldest !== undefined) keys.delete(oldest);
}
