/**
 * Text into tokens and back. A text is never read for special tokens unless that is asked: who writes a
 * message could otherwise end it and speak as somebody else.
 */
import { join } from "node:path";
import { ModelFileError } from "../models/model-file-error.ts";
import { AddedTokens } from "./added-tokens.ts";
import { type LibraryParts, libraryParts } from "./library-parts.ts";
import { type PreTokenizer, preTokenizerOf } from "./pre-tokenizer.ts";
import { guardCharacter } from "./special-guard.ts";
import { type TokenBytes, tokenBytesOf } from "./token-bytes.ts";
import {
  type AddedToken,
  readTokenizerConfig,
  readTokenizerJson,
  type TokenizerConfig,
  type TokenizerJson,
  tokenizerConfigFile,
  tokenizerFile,
} from "./tokenizer-file.ts";

export interface EncodeOptions {
  /** The text may name special tokens. Default: it is text throughout. */
  readonly special?: boolean;
  /** With what the model's tokenizer puts around a text, such as its first token. Default: without. */
  readonly wrapped?: boolean;
}

export interface DecodeOptions {
  /** Special tokens are written out. Default: they are left out. */
  readonly special?: boolean;
  /** Some other text comes before: its first space is kept, where a tokenizer would drop it. */
  readonly continues?: boolean;
}

const probe = "\u{0}probe";

export class Tokenizer {
  /** One more than the highest token. */
  readonly vocabularySize: number;
  /** By the text that names them. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly eos: number | undefined;
  /** As the model's own files name them: bos_token, eos_token, unk_token, pad_token. */
  readonly namedTokens: Readonly<Record<string, string>>;
  /** A text loses the space that it begins with, unless it continues another. */
  readonly dropsFirstSpace: boolean;

  readonly #tokens: ReadonlyMap<string, number>;
  readonly #names: readonly (string | undefined)[];
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #tokenBytes: TokenBytes;
  readonly #special: ReadonlySet<number>;
  readonly #parsers: { readonly plain: Parser; readonly special: Parser };
  readonly #normalize: (text: string) => string;
  readonly #cut: PreTokenizer;
  readonly #model: LibraryParts["model"];
  readonly #wrap: { readonly before: readonly number[]; readonly after: readonly number[] };

  /** From the two files of a model's directory. Throws a ModelFileError that names the file. */
  static load(directory: string): Tokenizer {
    return new Tokenizer(directory, readTokenizerJson(directory), readTokenizerConfig(directory));
  }

  private constructor(directory: string, json: TokenizerJson, config: TokenizerConfig) {
    const file = join(directory, tokenizerFile);
    const { model, normalizer = null, post_processor = null } = json;
    // Without added tokens: a piece of a text that reads like one of them is no such token.
    const parts = told(file, "model", () => libraryParts({ model, normalizer, post_processor }));
    this.#model = parts.model;
    this.#normalize = parts.normalizer ?? ((text) => text);
    const vocabulary = new Map(Object.entries(model.vocab));
    const added = json.added_tokens.map((token) => ({
      ...token,
      id: vocabulary.get(token.content) ?? token.id,
    }));
    this.#tokens = new Map([...vocabulary, ...added.map(({ content, id }) => [content, id] as const)]);
    const names = namesOf(file, this.#tokens);
    this.#names = names;
    this.vocabularySize = names.length;
    const special = added.filter((token) => token.special);
    this.specialTokens = new Map(special.map(({ content, id }) => [content, id]));
    // A token that is found in normalized texts is told as it is found there, and is left out only if that is
    // a special token's name as well (huggingface/tokenizers 0.23.3, as the goldens show; 2026-11-22).
    const toldAs = ({ content, normalized }: AddedToken) => (normalized ? this.#normalize(content) : content);
    for (const token of added) names[token.id] = toldAs(token);
    this.#special = new Set(special.filter((one) => this.specialTokens.has(toldAs(one))).map(({ id }) => id));

    const { chat_template: _, ...named } = config;
    this.namedTokens = Object.fromEntries(
      Object.entries(named).flatMap(([field, text]) => (text === undefined ? [] : [[field, text]])),
    );
    const configFile = join(directory, tokenizerConfigFile);
    tokenNamed(configFile, "bos_token", config.bos_token, this.#tokens);
    this.eos = tokenNamed(configFile, "eos_token", config.eos_token, this.#tokens);

    const bytes = tokenBytesOf(json.decoder);
    if (!bytes) throw new ModelFileError(file, "decoder: steps that are no known decoder together");
    this.#tokenBytes = bytes;
    this.dropsFirstSpace = bytes.dropsFirstSpace;

    this.#parsers = {
      plain: parserOf(
        added.filter((token) => !token.special),
        this.#normalize,
      ),
      special: parserOf(added, this.#normalize),
    };
    this.#cut = told(file, "pre_tokenizer", () => preTokenizerOf(json.pre_tokenizer));
    this.#wrap = wrapOf(file, parts, this.#tokens);
  }

  encode(text: string, { special = false, wrapped = false }: EncodeOptions = {}): Int32Array {
    const found = wrapped ? [...this.#wrap.before] : [];
    this.#encodeInto(found, text, special);
    if (wrapped) found.push(...this.#wrap.after);
    return Int32Array.from(found);
  }

  /** What a chat template made: special tokens are its own, and those of guarded texts are text. */
  encodeGuarded(text: string, { wrapped = false }: Pick<EncodeOptions, "wrapped"> = {}): Int32Array {
    const found = wrapped ? [...this.#wrap.before] : [];
    for (const section of this.#parsers.special.plain.split(text.toWellFormed())) {
      if ("token" in section) found.push(section.token);
      else if (section.text.includes(guardCharacter)) {
        this.#encodeInto(found, section.text.replaceAll(guardCharacter, ""), false, section.start);
      } else this.#encodeSection(found, section, this.#parsers.special);
    }
    if (wrapped) found.push(...this.#wrap.after);
    return Int32Array.from(found);
  }

  #encodeInto(found: number[], text: string, special: boolean, start = 0): void {
    const parser = special ? this.#parsers.special : this.#parsers.plain;
    // Half a surrogate pair is no character: JSON can carry it, UTF-8 cannot.
    for (const section of parser.plain.split(text.toWellFormed(), start)) {
      if ("token" in section) found.push(section.token);
      else this.#encodeSection(found, section, parser);
    }
  }

  #encodeSection(found: number[], { text, start }: { text: string; start: number }, parser: Parser): void {
    for (const section of parser.normalized.split(this.#normalize(text), start)) {
      if ("token" in section) found.push(section.token);
      else {
        for (const name of this.#model(this.#cut(section.text, section.start === 0))) {
          const token = this.#tokens.get(name);
          if (token !== undefined) found.push(token);
        }
      }
    }
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  decode(tokens: Iterable<number>, { special = false, continues = false }: DecodeOptions = {}): string {
    const parts: Uint8Array[] = [];
    for (const token of tokens) if (special || !this.#special.has(token)) parts.push(this.bytesOf(token));
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(parts));
    return this.dropsFirstSpace && !continues && text.startsWith(" ") ? text.slice(1) : text;
  }

  /** The token that the vocabulary has by this name. */
  tokenOf(name: string): number | undefined {
    return this.#tokens.get(name);
  }

  /** Exactly what a token stands for; nothing for one that the vocabulary has no name for. */
  bytesOf(token: number): Uint8Array {
    const known = this.#bytes[token];
    if (known) return known;
    const name = this.#names[token];
    if (name === undefined) return new Uint8Array();
    const bytes = this.#tokenBytes.of(name);
    this.#bytes[token] = bytes;
    return bytes;
  }

  isSpecial(token: number): boolean {
    return this.#special.has(token);
  }
}

/** Tokens are looked for before a text is normalized, and in what becomes of the rest. */
interface Parser {
  readonly plain: AddedTokens;
  readonly normalized: AddedTokens;
}

function parserOf(tokens: readonly AddedToken[], normalize: (text: string) => string): Parser {
  return {
    plain: new AddedTokens(tokens.filter(({ normalized }) => !normalized)),
    normalized: new AddedTokens(
      tokens.filter(({ normalized }) => normalized),
      ({ content }) => normalize(content),
    ),
  };
}

function namesOf(file: string, tokens: ReadonlyMap<string, number>): (string | undefined)[] {
  let size = 0;
  for (const token of tokens.values()) size = Math.max(size, token + 1);
  // A stray token of a billion would otherwise be an array of a billion.
  if (size > 4 * tokens.size + 65_536) {
    throw new ModelFileError(file, `model.vocab: has a token ${size - 1}, and ${tokens.size} tokens in all`);
  }
  const names = new Array<string | undefined>(size).fill(undefined);
  for (const [name, token] of tokens) names[token] = name;
  return names;
}

function tokenNamed(
  file: string,
  field: string,
  name: string | undefined,
  tokens: ReadonlyMap<string, number>,
): number | undefined {
  if (name === undefined) return undefined;
  const token = tokens.get(name);
  if (token === undefined) throw new ModelFileError(file, `${field}: "${name}" is not in the vocabulary`);
  return token;
}

function wrapOf(file: string, parts: LibraryParts, tokens: ReadonlyMap<string, number>) {
  const names = parts.post_processor?.([probe], null, true).tokens ?? [probe];
  const at = names.indexOf(probe);
  const tokensOf = (part: readonly string[]) =>
    part.map((name) => {
      const token = tokens.get(name);
      if (token === undefined) throw new ModelFileError(file, `post_processor: "${name}" is no token`);
      return token;
    });
  return { before: tokensOf(names.slice(0, at)), after: tokensOf(names.slice(at + 1)) };
}

/** What the library refuses, in the file that it was in. */
function told<Part>(file: string, field: string, make: () => Part): Part {
  try {
    return make();
  } catch (error) {
    throw new ModelFileError(file, `${field}: ${error instanceof Error ? error.message : error}`);
  }
}
