/** Compiles grammars and makes masks, as the thread of the steps asks for them. */
import type { GrammarSource } from "../engine/contract.ts";
import type { GrammarMatcher } from "../engine/grammar-matcher.ts";
import type { FromGrammarThread, ToGrammarThread } from "./grammar-messages.ts";
import { GrammarError } from "./grammar-schema.ts";
import { SharedMask } from "./shared-mask.ts";

interface Followed {
  readonly matcher: GrammarMatcher;
  readonly mask: SharedMask;
}

interface Compiler {
  matcher(source: GrammarSource): Promise<GrammarMatcher>;
}

export class GrammarFollower {
  readonly #compiler: Compiler;
  readonly #tell: (message: FromGrammarThread) => void;
  readonly #followed = new Map<number, Followed>();

  constructor(compiler: Compiler, tell: (message: FromGrammarThread) => void) {
    this.#compiler = compiler;
    this.#tell = tell;
  }

  /** Makes each mask that is asked for. */
  follow(): void {
    for (const { matcher, mask } of this.#followed.values()) {
      const token = mask.next;
      if (token !== undefined) mask.answer(problemOf(matcher, token, mask));
    }
  }

  async take(message: ToGrammarThread): Promise<void> {
    const { id } = message;
    if (message.type === "drop") {
      this.#followed.get(id)?.matcher.dispose();
      this.#followed.delete(id);
      return;
    }
    try {
      this.#followed.set(id, await this.#compile(message));
      this.#tell({ type: "compiled", id });
    } catch (error) {
      const isOfGrammar = error instanceof GrammarError;
      const problem = error instanceof Error ? error : new Error(String(error));
      const told = isOfGrammar ? problem.message : String(problem.stack);
      this.#tell({ type: "refused", id, message: told, isOfGrammar });
    }
  }

  async #compile({
    source,
    tokens,
    memory,
  }: Extract<ToGrammarThread, { type: "compile" }>): Promise<Followed> {
    const matcher = await this.#compiler.matcher(source);
    try {
      for (const token of tokens) matcher.accept(token);
      const mask = SharedMask.of(memory);
      matcher.fillMask(mask.words, 0);
      return { matcher, mask };
    } catch (error) {
      // Its memory is the library's: nothing else gives it back.
      matcher.dispose();
      throw error;
    }
  }
}

/** Whatever a library throws ends the answer that it was asked for, and no other. */
function problemOf(matcher: GrammarMatcher, token: number, mask: SharedMask): string | undefined {
  try {
    matcher.accept(token);
    matcher.fillMask(mask.words, 0);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
