/**
 * Which tokens may come next, so that the whole answer becomes what was asked for: JSON of a schema, any JSON
 * object, or a text of a grammar.
 */
import type { CompiledGrammar, GrammarMatcher as LibraryMatcher } from "@mlc-ai/web-xgrammar";
import type { GrammarSource } from "../engine/contract.ts";
import type { GrammarMatcher } from "../engine/grammar-matcher.ts";
import { letterOfByte } from "./byte-letters.ts";
import { Characters } from "./characters.ts";
import { type GrammarLibrary, loadGrammarLibrary } from "./grammar-library.ts";
import { GrammarError } from "./grammar-schema.ts";
import { parsedIn, type Wanted, wantedOf } from "./grammar-source.ts";
import { ThoughtMatcher } from "./thought-matcher.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { betweenCharacters, notUtf8 } from "./utf8-state.ts";

/** Compiled grammars that are kept for the next request with the same one, and as many that were refused. */
const keptMost = 64;

/** A grammar that is compiled, in the memory of the instance that it was compiled by. */
interface Kept {
  readonly instance: Instance;
  readonly compiled: CompiledGrammar;
  /** Whoever is about to follow it: until then its memory has no other owner. */
  awaited: number;
  isEvicted: boolean;
}

interface Instance {
  readonly library: GrammarLibrary;
  readonly compiler: Awaited<
    ReturnType<GrammarLibrary["xgrammar"]["GrammarCompiler"]["createGrammarCompiler"]>
  >;
}

export class GrammarCompiler {
  readonly #vocabulary: string[];
  readonly #characters: Characters;
  readonly #stopTokens: number[];
  #instance: Promise<Instance>;
  /** Has no vocabulary, so that another is soon made: every text of a grammar is read here first. */
  #reader = loadGrammarLibrary();
  readonly #kept = new Map<string, Kept>();
  /** Reasons, by what was refused. */
  readonly #refused = new Map<string, GrammarError>();

  /** `vocabularySize` is the model's, which may be more than the tokenizer's: nobody draws the rest. */
  static async create(
    tokenizer: Tokenizer,
    stopTokens: readonly number[],
    vocabularySize = tokenizer.vocabularySize,
  ): Promise<GrammarCompiler> {
    const compiler = new GrammarCompiler(tokenizer, stopTokens, vocabularySize);
    await compiler.#instance;
    return compiler;
  }

  private constructor(tokenizer: Tokenizer, stopTokens: readonly number[], vocabularySize: number) {
    // Every family's tokens in the letters of bytes: the one notation that loses none. Nothing stands for
    // special tokens, so that no grammar ever takes one.
    this.#vocabulary = Array.from({ length: vocabularySize }, (_, token) =>
      tokenizer.isSpecial(token)
        ? ""
        : Array.from(tokenizer.bytesOf(token), (byte) => letterOfByte[byte]).join(""),
    );
    this.#characters = new Characters(tokenizer, vocabularySize, stopTokens);
    this.#stopTokens = [...stopTokens];
    this.#instance = this.#start();
  }

  async #start(): Promise<Instance> {
    const library = loadGrammarLibrary();
    const { TokenizerInfo, GrammarCompiler: Library } = library.xgrammar;
    const size = this.#vocabulary.length;
    const info = await TokenizerInfo.createTokenizerInfo(
      this.#vocabulary,
      "byte_level",
      false,
      size,
      this.#stopTokens,
    );
    return { library, compiler: await Library.createGrammarCompiler(info, false) };
  }

  /** Follows one answer from its beginning. Throws a GrammarError that tells what cannot be held to. */
  async matcher(source: GrammarSource): Promise<GrammarMatcher> {
    const answer = await this.#textMatcher(source);
    const isAfterThought = source.type === "after-thought-tokens";
    return isAfterThought ? new ThoughtMatcher(source, this.#characters, answer) : answer;
  }

  async #textMatcher(source: GrammarSource): Promise<TextMatcher> {
    const kept = await this.#compiled(source);
    const { library } = kept.instance;
    try {
      const matcher = await library.xgrammar.GrammarMatcher.createGrammarMatcher(kept.compiled);
      return new TextMatcher(matcher, library, this.#characters);
    } finally {
      kept.awaited -= 1;
      disposeUnused(kept);
    }
  }

  /** Awaited by whoever asked, until it says otherwise. */
  async #compiled(source: GrammarSource): Promise<Kept> {
    const wanted = wantedOf(source);
    const key = JSON.stringify(wanted);
    const refused = this.#refused.get(key);
    if (refused) throw refused;
    const known = this.#kept.get(key);
    const found = known ?? (await this.#compile(key, wanted));
    found.awaited += 1;
    // Two that asked at once have compiled it twice: the later one's stays.
    const other = this.#kept.get(key);
    this.#kept.delete(key);
    if (other && other !== found) evict(other);
    this.#kept.set(key, found);
    const [oldest] = this.#kept.entries();
    if (this.#kept.size > keptMost && oldest) {
      this.#kept.delete(oldest[0]);
      evict(oldest[1]);
    }
    return found;
  }

  async #compile(key: string, wanted: Wanted): Promise<Kept> {
    await this.#read(key, wanted);
    const instance = await this.#instance;
    const { compiler, library } = instance;
    try {
      const parsed = await parsedIn(library, wanted);
      const compiled = await compiler.compileGrammar(parsed);
      parsed.dispose();
      return { instance, compiled, awaited: 0, isEvicted: false };
    } catch (error) {
      // What has stopped in an error may have stopped anywhere.
      this.#instance = this.#start();
      this.#kept.clear();
      throw this.#told(key, wanted, library, error);
    }
  }

  /** Refuses what is no grammar: it stops the instance that reads it. */
  async #read(key: string, wanted: Wanted): Promise<void> {
    const library = this.#reader;
    try {
      const parsed = await parsedIn(library, wanted);
      parsed.dispose();
    } catch (error) {
      if (this.#reader === library) this.#reader = loadGrammarLibrary();
      throw this.#told(key, wanted, library, error);
    }
  }

  /** A refusal, which is remembered, where the fault is the grammar's; otherwise what went wrong. */
  #told(key: string, wanted: Wanted, library: GrammarLibrary, error: unknown): unknown {
    const reason = library.complaint() ?? (isTooDeep(error) ? "it is nested too deeply" : undefined);
    if (reason === undefined) return error;
    const kind = wanted.type === "text" ? "grammar" : "schema";
    const refusal = new GrammarError(`the ${kind} cannot be held to: ${reason}`);
    this.#refused.set(key, refusal);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > keptMost && oldest !== undefined) this.#refused.delete(oldest);
    return refusal;
  }
}

/** The library reads nested groups by calling itself. */
function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("call stack");
}

/** Its memory goes with the last answer that follows it. */
function evict(kept: Kept): void {
  kept.isEvicted = true;
  disposeUnused(kept);
}

function disposeUnused({ compiled, isEvicted, awaited }: Kept): void {
  if (isEvicted && awaited === 0) compiled.dispose();
}

/** The library's vector of integers; its address is what the binding itself reads. */
interface Vector {
  readonly $$: { readonly ptr: number };
  size(): number;
  delete(): void;
}

class TextMatcher implements GrammarMatcher {
  readonly #matcher: LibraryMatcher;
  readonly #library: GrammarLibrary;
  readonly #characters: Characters;
  #state = betweenCharacters;

  constructor(matcher: LibraryMatcher, library: GrammarLibrary, characters: Characters) {
    this.#matcher = matcher;
    this.#library = library;
    this.#characters = characters;
  }

  /** Words of 32 tokens each, the lowest bit first; a bit that is set lets its token through. */
  fillMask(mask: Int32Array, offset: number): void {
    const handle = Reflect.get(this.#matcher, "handle") as { GetNextTokenBitmask(size: number): Vector };
    const vector = handle.GetNextTokenBitmask(this.#characters.size);
    const memory = this.#library.memory();
    if (!memory) throw new Error("the grammar library has no memory to read a mask from");
    // A vector is three addresses: of its first element, behind its last, and behind what it has room for.
    const first = new Int32Array(memory.buffer, vector.$$.ptr, 1)[0] ?? 0;
    const allowed = new Int32Array(memory.buffer, first, vector.size());
    const whole = this.#characters.maskAt(this.#state);
    for (let word = 0; word < allowed.length; word += 1) {
      mask[offset + word] = (allowed[word] ?? 0) & (whole[word] ?? 0);
    }
    vector.delete();
  }

  /** Whether the token may come next; if so, it has come. */
  accept(token: number): boolean {
    const state = this.#characters.after(this.#state, token);
    if (state === notUtf8 || !this.#matcher.acceptToken(token)) return false;
    this.#state = state;
    return true;
  }

  /** A stop token has come where the answer may end. */
  get isDone(): boolean {
    return this.#matcher.isTerminated();
  }

  /** Its memory is not JavaScript's: nothing else gives it back. */
  dispose(): void {
    this.#matcher.dispose();
  }
}
