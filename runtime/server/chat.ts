/** POST /v1/chat/completions. */
import type { GrammarSource } from "../engine/contract.ts";
import type { Piece } from "./answer-text.ts";
import { ApiError } from "./api-error.ts";
import { type ChatFields, chatFields, chatMessages, chatTools } from "./chat-fields.ts";
import { ChatFrames, type ChatHead } from "./chat-frames.ts";
import { type Exchange, newId } from "./exchange.ts";
import { type ChatLogprobs, chatLogprobs } from "./logprobs.ts";
import { renderPrompt } from "./prompt.ts";
import { failWithFrame, type Send, streamReply } from "./reply-stream.ts";
import { parseBody } from "./request-body.ts";
import { checkModel, choicesOf, type Endpoint, generate, type Service } from "./service.ts";
import type { AnswerPart, AnswerReader } from "./text.ts";
import { type ToolChoice, type ToolPlan, toolPlan } from "./tool-plan.ts";
import { usageOf } from "./usage.ts";
import type { Choice, ChoiceEnd } from "./work.ts";

interface Chat {
  readonly service: Service;
  readonly exchange: Exchange;
  readonly fields: ChatFields;
  readonly choices: readonly Choice[];
  readonly plan: ToolPlan;
  readonly head: ChatHead;
}

export function chatEndpoint(service: Service): Endpoint {
  const schema = chatFields(service.settings);
  return async (exchange, body, reply) => {
    const fields = parseBody(schema, body);
    checkModel(service, fields.model);
    const plan = toolPlan(service.text, {
      tools: chatTools(fields.tools),
      choice: chosenTool(fields.tool_choice),
      isParallel: fields.parallel_tool_calls ?? true,
      format: grammarOf(fields.response_format),
    });
    const { reasoning_effort, chat_template_kwargs } = fields;
    const variables = { ...chat_template_kwargs, ...(reasoning_effort && { reasoning_effort }) };
    const prompt = renderPrompt(service.text, chatMessages(fields.messages), plan.tools, variables);
    const choices = choicesOf(service, exchange, {
      prompt,
      promptParam: "messages",
      choices: fields.n ?? 1,
      fields,
      answer: answerLimit(fields),
      logprobs: wantedLogprobs(fields),
      grammar: plan.grammar,
    });
    const created = Math.floor(Date.now() / 1000);
    const head = { id: newId("chatcmpl-"), created, model: fields.model };
    const chat = { service, exchange, fields, choices, plan, head };
    if (!fields.stream) return wholeChat(chat);
    const run = (send: Send) => streamChat(chat, send);
    await streamReply(service, exchange, reply, { run, fail: failWithFrame });
    return undefined;
  };
}

function chosenTool(choice: ChatFields["tool_choice"]): ToolChoice {
  if (choice === null || choice === undefined) return "auto";
  return typeof choice === "string" ? choice : { name: choice.function.name };
}

function grammarOf(format: ChatFields["response_format"]): GrammarSource | undefined {
  switch (format?.type) {
    case "json_object":
      return { type: "json-object" };
    case "json_schema":
      return { type: "json-schema", schema: format.json_schema.schema ?? {} };
    case "grammar":
      return { type: "ebnf", grammar: format.grammar };
    default:
      return undefined;
  }
}

function answerLimit({ max_completion_tokens, max_tokens }: ChatFields) {
  const both = [max_completion_tokens, max_tokens].filter((tokens) => typeof tokens === "number");
  if (both.length === 2 && both[0] !== both[1]) {
    const message = "max_tokens: max_completion_tokens says another number; write that one alone";
    throw new ApiError("invalid_value", message, { param: "max_tokens" });
  }
  const param = typeof max_completion_tokens === "number" ? "max_completion_tokens" : "max_tokens";
  return { param, tokens: both[0] };
}

function wantedLogprobs({ logprobs, top_logprobs }: ChatFields): number {
  if (logprobs) return top_logprobs ?? 0;
  if (!top_logprobs) return -1;
  const message = "top_logprobs: wants logprobs to be true";
  throw new ApiError("invalid_value", message, { param: "top_logprobs" });
}

interface Call {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; arguments: string };
}

/** One choice while it is gathered. */
class ChatChoice {
  private content = "";
  private readonly calls: Call[] = [];
  private readonly likely: ChatLogprobs["content"][number][] = [];
  private readonly reader: AnswerReader;

  constructor(reader: AnswerReader) {
    this.reader = reader;
  }

  push(text: string, logprobs: ChatLogprobs | undefined): void {
    this.take(this.reader.push(text));
    this.likely.push(...(logprobs?.content ?? []));
  }

  end(index: number, { finish }: ChoiceEnd, isLogged: boolean) {
    this.take(this.reader.end());
    const isCall = this.calls.length > 0;
    const content = isCall && this.content === "" ? null : this.content;
    const message = { role: "assistant", content, refusal: null, ...(isCall && { tool_calls: this.calls }) };
    const logprobs = isLogged ? { content: this.likely, refusal: null } : null;
    return { index, message, logprobs, finish_reason: isCall && finish === "stop" ? "tool_calls" : finish };
  }

  private take(parts: readonly AnswerPart[]): void {
    for (const part of parts) {
      if (part.type === "content") this.content += part.text;
      else if (part.type === "call")
        this.calls.push({
          id: newId("call_"),
          type: "function",
          function: { name: part.name, arguments: "" },
        });
      else {
        const call = this.calls[part.index];
        if (call) call.function.arguments += part.text;
      }
    }
  }
}

async function wholeChat({ service, exchange, fields, choices, plan, head }: Chat): Promise<object> {
  const gathered = choices.map(() => new ChatChoice(plan.reader()));
  const isLogged = fields.logprobs ?? false;
  const ends = await generate(service, exchange, choices, {
    piece: (choice, { text, tokens }) =>
      gathered[choice]?.push(text, isLogged ? chatLogprobs(service.text, tokens) : undefined),
    end: () => undefined,
  });
  const told = ends.map((end, index) => gathered[index]?.end(index, end, isLogged));
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: told,
    usage: usageOf(ends, ends.length),
  };
}

async function streamChat(
  { service, exchange, fields, choices, plan, head }: Chat,
  send: Send,
): Promise<void> {
  const isUsageWanted = fields.stream_options?.include_usage ?? false;
  const frames = new ChatFrames(head, isUsageWanted);
  const writers = choices.map((_, index) => new ChoiceWriter(index, plan.reader(), frames, send));
  const isLogged = fields.logprobs ?? false;
  const ends = await generate(service, exchange, choices, {
    piece: (choice, piece) =>
      writers[choice]?.push(piece, isLogged ? chatLogprobs(service.text, piece.tokens) : undefined),
    end: (choice, end) => writers[choice]?.end(end),
  });
  if (isUsageWanted) send(frames.usage(usageOf(ends, ends.length)));
  send("[DONE]");
}

/** One choice while it is streamed. */
class ChoiceWriter {
  private readonly choice: number;
  private readonly reader: AnswerReader;
  private readonly frames: ChatFrames;
  private readonly send: Send;
  private hasBegun = false;
  private hasCalled = false;

  constructor(choice: number, reader: AnswerReader, frames: ChatFrames, send: Send) {
    this.choice = choice;
    this.reader = reader;
    this.frames = frames;
    this.send = send;
  }

  push({ text, tokens }: Piece, logprobs: ChatLogprobs | undefined): void {
    this.begin();
    const parts = this.reader.push(text);
    if (parts.length === 0 && logprobs && tokens.length > 0)
      this.send(this.frames.content(this.choice, "", { logprobs }));
    for (const [index, part] of parts.entries()) this.tell(part, index === 0 ? logprobs : undefined);
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
    this.hasCalled = true;
    const { index } = part;
    const call =
      part.type === "call"
        ? { index, id: newId("call_"), type: "function", function: { name: part.name, arguments: "" } }
        : { index, function: { arguments: part.text } };
    this.send(this.frames.delta(this.choice, { tool_calls: [call] }, { logprobs }));
  }
}
