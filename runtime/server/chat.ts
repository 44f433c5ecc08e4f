/** POST /v1/chat/completions. */
import type { GrammarSource } from "../engine/contract.ts";
import { ApiError } from "./api-error.ts";
import { ChatChoice, ChoiceWriter } from "./chat-choice.ts";
import { type ChatFields, chatFields, chatMessages, chatTools, strictTools } from "./chat-fields.ts";
import { ChatFrames, type ChatHead } from "./chat-frames.ts";
import { type Exchange, newId } from "./exchange.ts";
import { chatLogprobs } from "./logprobs.ts";
import { renderPrompt } from "./prompt.ts";
import { failWithFrame, type Send, streamReply } from "./reply-stream.ts";
import { parseBody } from "./request-body.ts";
import { choicesOf, type Endpoint, generate, type Service, takeModel } from "./service.ts";
import { type HeldGrammar, type ToolChoice, type ToolPlan, thinkingPlan, toolPlan } from "./tool-plan.ts";
import { usageOf } from "./usage.ts";
import type { Choice } from "./work.ts";

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
    const adapter = takeModel(service, exchange, fields.model);
    const asked = toolPlan(service.text, {
      tools: chatTools(fields.tools),
      place: (tool) => `tools[${tool}].function`,
      strict: strictTools(fields.tools?.map((tool) => tool.function)),
      choice: chosenTool(fields.tool_choice),
      isParallel: fields.parallel_tool_calls ?? true,
      format: formatOf(fields.response_format),
    });
    const { reasoning_effort, chat_template_kwargs } = fields;
    const variables = { ...chat_template_kwargs, ...(reasoning_effort && { reasoning_effort }) };
    const options = { tools: asked.tools, variables };
    const prompt = await renderPrompt(service.reader, exchange, chatMessages(fields.messages), options);
    const plan = thinkingPlan(asked, service.text.thoughtAfter(prompt));
    const choices = choicesOf(service, exchange, {
      adapter,
      prompt,
      promptParam: "messages",
      choices: fields.n ?? 1,
      fields,
      answer: answerLimit(fields),
      logprobs: wantedLogprobs(fields),
      grammar: plan.grammar,
      marks: plan.reader().marks,
      isHeardByToken: fields.parallel_tool_calls === false,
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

function formatOf(format: ChatFields["response_format"]): HeldGrammar | undefined {
  const source = grammarOf(format);
  return source && { source, param: "response_format" };
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

async function wholeChat({ service, exchange, fields, choices, plan, head }: Chat): Promise<object> {
  const { thinks } = service.text;
  const gathered = choices.map(() => new ChatChoice(plan.reader(), thinks));
  const isLogged = fields.logprobs ?? false;
  const ends = await generate(service, exchange, choices, {
    piece: (choice, piece) =>
      gathered[choice]?.push(piece, isLogged ? chatLogprobs(service.text, piece.tokens) : undefined),
    end: () => undefined,
  });
  const told = ends.map((end, index) => gathered[index]?.end(index, end, isLogged));
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: told,
    usage: usageOf(ends, ends.length, thinks ? thoughtTokens(gathered) : undefined),
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
  const thoughts = service.text.thinks ? thoughtTokens(writers) : undefined;
  if (isUsageWanted) send(frames.usage(usageOf(ends, ends.length, thoughts)));
  send("[DONE]");
}

function thoughtTokens(choices: readonly { readonly thoughtTokens: number }[]): number {
  return choices.reduce((sum, choice) => sum + choice.thoughtTokens, 0);
}
