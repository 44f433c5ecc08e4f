/** What the server asks of text: tokens and characters, chat templates, stop strings, calls of tools. */
import type { GrammarSource } from "../engine/contract.ts";

export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly name?: string;
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

/** Parts of an answer: what is read, and the calls of tools in their order. */
export type AnswerPart =
  | { readonly type: "content"; readonly text: string }
  | { readonly type: "call"; readonly index: number; readonly name: string }
  /** A piece of the arguments, which are JSON once all pieces are joined. */
  | { readonly type: "arguments"; readonly index: number; readonly text: string };

/** Divides an answer into its parts while it arrives. */
export interface AnswerReader {
  push(text: string): readonly AnswerPart[];
  end(): readonly AnswerPart[];
}

/** The text side of one model. */
export interface TextModel {
  /** Any of them ends an answer. */
  readonly stopTokens: readonly number[];
  /** Tokens of plain text; a prompt begins with what the model wants at the beginning. */
  encode(text: string, place: { readonly isPrompt: boolean }): Int32Array;
  decode(tokens: readonly number[]): string;
  /** The bytes that a token stands for. */
  bytesOf(token: number): Uint8Array;
  /** Throws a PromptError that tells what its messages lack, or what is wrong with the template. */
  renderChat(messages: readonly ChatMessage[], options: ChatOptions): Int32Array;
  detokenizer(): Detokenizer;
  stopFinder(stops: readonly string[]): StopFinder;
  /** How this model writes calls of tools; undefined if it was never taught to. */
  answerReader(tools: readonly ChatTool[]): AnswerReader | undefined;
  /** Why no answer could be made to fit, or undefined. */
  grammarProblem(grammar: GrammarSource): string | undefined;
}
