/** One choice of a chat: gathered until it is whole, or told as it comes. */
import type { Piece } from "./answer-text.ts";
import type { ChatFrames } from "./chat-frames.ts";
import type { ChatLogprobs } from "./logprobs.ts";
import type { AnswerPart, AnswerReader } from "./text.ts";
import { ThoughtTokens } from "./thought-tokens.ts";
import type { ChoiceEnd } from "./work.ts";

interface Call {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; arguments: string };
}

export class ChatChoice {
  private content = "";
  private thought = "";
  private readonly calls: Call[] = [];
  private readonly likely: ChatLogprobs["content"][number][] = [];
  private readonly reader: AnswerReader;
  private readonly counted = new ThoughtTokens();
  private readonly thinks: boolean;

  /** `thinks`: the model does, whether or not this answer has. */
  constructor(reader: AnswerReader, thinks: boolean) {
    this.reader = reader;
    this.thinks = thinks;
  }

  get thoughtTokens(): number {
    return this.counted.of(this.reader);
  }

  push({ text, tokens }: Piece, logprobs: ChatLogprobs | undefined): "enough" | undefined {
    this.counted.push(tokens);
    this.take(this.reader.push(text));
    this.likely.push(...(logprobs?.content ?? []));
    return this.reader.isWhole ? "enough" : undefined;
  }

  end(index: number, { finish }: ChoiceEnd, isLogged: boolean) {
    this.take(this.reader.end());
    const isCall = this.calls.length > 0;
    const content = isCall && this.content === "" ? null : this.content;
    const message = {
      role: "assistant",
      content,
      // vLLM's field, which OpenAI's own models do not have.
      ...(this.thinks && { reasoning_content: this.thought === "" ? null : this.thought }),
      refusal: null,
      ...(isCall && { tool_calls: this.calls }),
    };
    const logprobs = isLogged ? { content: this.likely, refusal: null } : null;
    return { index, message, logprobs, finish_reason: isCall && finish === "stop" ? "tool_calls" : finish };
  }

  private take(parts: readonly AnswerPart[]): void {
    for (const part of parts) {
      if (part.type === "content") this.content += part.text;
      else if (part.type === "thought") this.thought += part.text;
      else if (part.type === "call")
        this.calls.push({ id: part.id, type: "function", function: { name: part.name, arguments: "" } });
      else {
        const call = this.calls[part.index];
        if (call) call.function.arguments += part.text;
      }
    }
  }
}

export class ChoiceWriter {
  private readonly choice: number;
  private readonly reader: AnswerReader;
  private readonly frames: ChatFrames;
  private readonly send: (data: string) => void;
  private readonly counted = new ThoughtTokens();
  private hasBegun = false;
  private hasCalled = false;

  constructor(choice: number, reader: AnswerReader, frames: ChatFrames, send: (data: string) => void) {
    this.choice = choice;
    this.reader = reader;
    this.frames = frames;
    this.send = send;
  }

  get thoughtTokens(): number {
    return this.counted.of(this.reader);
  }

  push({ text, tokens }: Piece, logprobs: ChatLogprobs | undefined): "enough" | undefined {
    this.begin();
    this.counted.push(tokens);
    const parts = this.reader.push(text);
    if (parts.length === 0 && logprobs && tokens.length > 0)
      this.send(this.frames.content(this.choice, "", { logprobs }));
    for (const [index, part] of parts.entries()) this.tell(part, index === 0 ? logprobs : undefined);
    return this.reader.isWhole ? "enough" : undefined;
  }

  end({ finish }: ChoiceEnd): void {
    this.begin();
    for (const part of this.reader.end()) this.tell(part, undefined);
    const reason = this.hasCalled && finish === "stop" ? "tool_calls" : finish;
    this.send(this.frames.delta(this.choice, {}, { finish: reason }));
  }

  private begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.send(this.frames.delta(this.choice, { role: "assistant", content: "", refusal: null }));
  }

  private tell(part: AnswerPart, logprobs: ChatLogprobs | undefined): void {
    if (part.type === "content") {
      this.send(this.frames.content(this.choice, part.text, { logprobs }));
      return;
    }
    if (part.type === "thought") {
      this.send(this.frames.delta(this.choice, { reasoning_content: part.text }, { logprobs }));
      return;
    }
    this.hasCalled = true;
    const { index } = part;
    const call =
      part.type === "call"
        ? { index, id: part.id, type: "function", function: { name: part.name, arguments: "" } }
        : { index, function: { arguments: part.text } };
    this.send(this.frames.delta(this.choice, { tool_calls: [call] }, { logprobs }));
  }
}
