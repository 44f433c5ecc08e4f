/** What the server asks of text: tokens and characters, chat templates, stop strings, calls of tools. */
import type { GrammarSource } from "../engine/contract.ts";
import type { SamplingDefaults } from "../models/generation-config.ts";

export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly name?: string;
  /** Of an assistant: what it thought before it answered. */
  readonly reasoning_content?: string;
  /** Of an assistant. */
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  /** Of a tool: the call that it answers. */
  readonly tool_call_id?: string;
}

export interface ChatTool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** JSON Schema. */
    readonly parameters?: object;
  };
}

export interface ChatOptions {
  readonly tools: readonly ChatTool[];
  /** Further variables of the template. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The prompt ends where an answer begins. Default: true. */
  readonly addGenerationPrompt?: boolean;
  /** What a plain prompt begins with stands before what the template has written, too. Default: false. */
  readonly addSpecialTokens?: boolean;
}

/** Tokens in, characters out: bytes of a character that is not whole are kept until it is. */
export interface Detokenizer {
  push(token: number): string;
  /** What is left of bytes that never became a character. */
  end(): string;
}

/** Text in, text out: what may be the beginning of a stop string is kept until it is known. */
export interface StopFinder {
  /** What is sure; `stop` once one was found: it and all behind it is dropped. */
  push(text: string): { readonly text: string; readonly stop?: string };
  /** What was kept, once nothing can follow. */
  end(): string;
}

/** Parts of an answer: what was thought before it, what is read, and the calls of tools in their order. */
export type AnswerPart =
  | { readonly type: "thought"; readonly text: string }
  | { readonly type: "content"; readonly text: string }
  | { readonly type: "call"; readonly index: number; readonly id: string; readonly name: string }
  /** A piece of the arguments, which are JSON once all pieces are joined. */
  | { readonly type: "arguments"; readonly index: number; readonly text: string };

/** Divides an answer into its parts while it arrives. */
export interface AnswerReader {
  /** Special tokens that it has to see as text. */
  readonly marks: readonly string[];
  /** Nothing that may follow would be told. */
  readonly isWhole: boolean;
  /** Characters of the answer so far that are a thought and its marks. */
  readonly thoughtCharacters: number;
  push(text: string): readonly AnswerPart[];
  end(): readonly AnswerPart[];
}

/** An answer that begins with a thought. */
export interface Thought {
  /** What follows the thought is read by another. */
  reader(answer: AnswerReader): AnswerReader;
  /** Holds what follows the thought; undefined where that cannot be. */
  grammar(answer: GrammarSource): GrammarSource | undefined;
}

/** What an answer without calls follows. */
export interface CallsFormat {
  readonly grammar: GrammarSource;
  /** Whether an answer with calls may have several. */
  readonly isParallel: boolean;
}

/** The text side of one model. */
export interface TextModel {
  /** Any of them ends an answer. */
  readonly stopTokens: readonly number[];
  /** How its answers are drawn where a request leaves it open. */
  readonly defaults: SamplingDefaults;
  /** Tokens of plain text; a prompt begins with what the model wants at the beginning. */
  encode(text: string, place: { readonly isPrompt: boolean }): Int32Array;
  decode(tokens: readonly number[]): string;
  /** The bytes that a token stands for. */
  bytesOf(token: number): Uint8Array;
  /** Throws a PromptError that tells what its messages lack, or what is wrong with the template. */
  renderChat(messages: readonly ChatMessage[], options: ChatOptions): Int32Array;
  /** Special tokens are left out, but for those that are named. */
  detokenizer(shown: readonly string[]): Detokenizer;
  stopFinder(stops: readonly string[]): StopFinder;
  /** How this model writes calls of tools; undefined if it was never taught to. */
  answerReader(tools: readonly ChatTool[]): AnswerReader | undefined;
  /** A name for a call to which the model gave none, as its template wants names. */
  callId(): string;
  /**
   * Holds calls to the schemas of their tools; undefined where calls cannot be told so. They stand among free
   * text, or alone where an answer without any follows a format.
   */
  callsGrammar(tools: readonly ChatTool[], format?: CallsFormat): GrammarSource | undefined;
  /** Whether the model thinks before it answers, if it is asked to. */
  readonly thinks: boolean;
  /** How an answer to this prompt thinks; undefined if it does not. */
  thoughtAfter(prompt: Int32Array): Thought | undefined;
  /** Why no answer could be made to fit, or undefined. */
  grammarProblem(grammar: GrammarSource): string | undefined;
}
