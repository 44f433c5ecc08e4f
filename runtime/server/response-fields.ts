/** What a request to the responses endpoint may hold, of what a server without memory and tools can do. */
import { z } from "zod";
import {
  chatMessages,
  functionFields,
  jsonSchema,
  onlyFunctions,
  partsMost,
  reasoningEffort,
  textOf,
  toolOf,
  verbosity,
} from "./chat-fields.ts";
import { harmlessFields, samplingFields } from "./generation-fields.ts";
import { ignored, listOf, unsupported } from "./request-body.ts";
import type { ServerSettings } from "./settings.ts";
import type { ChatMessage, ChatTool } from "./text.ts";

const part = z.strictObject({
  type: z.enum(["input_text", "output_text"], { error: "is not supported: this model reads text alone" }),
  text: z.string(),
  annotations: ignored,
  logprobs: ignored,
});
const parts = z.union([z.string(), listOf(part, { min: 1, max: partsMost })], {
  error: "wants a string, or a list of text parts",
});

/** What answers have, and clients send back. */
const told = { id: z.string().max(256).nullish(), status: ignored };

const message = z.strictObject({
  ...told,
  type: z.literal("message").optional(),
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: parts,
  phase: ignored,
});
const call = z.strictObject({
  ...told,
  type: z.literal("function_call"),
  call_id: z.string().min(1).max(256),
  name: functionFields.name,
  arguments: z.string(),
});
const output = z.strictObject({
  ...told,
  type: z.literal("function_call_output"),
  call_id: z.string().min(1).max(256),
  output: parts,
});
/** A thought of an earlier answer: its text reaches templates, a summary or cipher of it does not. */
const reasoning = z.strictObject({
  ...told,
  type: z.literal("reasoning"),
  summary: ignored,
  content: listOf(z.strictObject({ type: z.literal("reasoning_text"), text: z.string() }), {
    max: partsMost,
  }).nullish(),
  encrypted_content: ignored,
});
const item = z.union([message, call, output, reasoning], {
  error: "wants a message, a reasoning, a function_call or a function_call_output",
});

const format = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    name: functionFields.name,
    description: z.string().nullish(),
    schema: jsonSchema,
    strict: z.boolean().nullish(),
  }),
]);

const tool = z.strictObject({ type: z.literal("function", onlyFunctions), ...functionFields });
const toolChoice = z.union(
  [
    z.enum(["none", "auto", "required"]),
    z.strictObject({ type: z.literal("function", onlyFunctions), name: functionFields.name }),
  ],
  { error: "wants none, auto, required, or the name of a function" },
);

/**
 * What else a response is to tell. A thought is told as text in its item, and nothing is stored that a cipher
 * of it would stand for; the others are of items that no response here has.
 */
const included = z.enum(
  [
    "reasoning.encrypted_content",
    "message.input_image.image_url",
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
  ],
  { error: "is not supported: the chat endpoint tells log probabilities, and nothing else is known" },
);

export function responseFields({ messages, tools }: ServerSettings) {
  return z.strictObject({
    model: z.string(),
    input: z.union([z.string(), listOf(item, { min: 1, max: messages })], {
      error: "wants a string, or a list of items",
    }),
    instructions: z.string().nullish(),
    ...samplingFields,
    ...harmlessFields,
    metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
    max_output_tokens: z.int().min(1).nullish(),
    stream: z.boolean().nullish(),
    stream_options: z.strictObject({ include_obfuscation: ignored }).nullish(),
    text: z
      .strictObject({
        format: format.nullish(),
        verbosity: verbosity.nullish(),
      })
      .nullish(),
    tools: listOf(tool, { max: tools }).nullish(),
    tool_choice: toolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    reasoning: z
      .strictObject({
        effort: reasoningEffort.nullish(),
        summary: ignored,
      })
      .nullish(),
    truncation: z.literal("disabled", { error: "is not supported: what does not fit is refused" }).nullish(),
    background: z.literal(false, { error: "is not supported: answers are told to whoever waits" }).nullish(),
    /** It bounds tools that the server itself would call. */
    max_tool_calls: ignored,
    include: listOf(included, { max: 32 }).nullish(),
    top_logprobs: z.literal(0, { error: "is not supported: the chat endpoint tells them" }).nullish(),
    previous_response_id: unsupported("nothing is stored; send the conversation"),
    conversation: unsupported("nothing is stored; send the conversation"),
    prompt: unsupported("nothing is stored; send the prompt"),
    context_management: unsupported("nothing is stored; send the conversation"),
    moderation: unsupported("nothing is moderated here"),
  });
}

export type ResponseFields = z.output<ReturnType<typeof responseFields>>;
type Item = z.output<typeof item>;
type MessageRole = z.output<typeof message>["role"];
type Spoken = Parameters<typeof chatMessages>[0][number];

/** The conversation as chat templates read it: calls that follow one another are one message. */
export function responseMessages({ input, instructions }: ResponseFields): ChatMessage[] {
  const before: Spoken[] = instructions ? [{ role: "system", content: instructions }] : [];
  if (typeof input === "string") return chatMessages([...before, { role: "user", content: input }]);
  return chatMessages([...before, ...input.reduce<Spoken[]>(withItem, [])]);
}

function withItem(messages: Spoken[], item: Item): Spoken[] {
  if ("role" in item) return withMessage(messages, item.role, textOf(item.content));
  if (item.type === "reasoning") {
    const thought = textOf(item.content ?? []);
    return thought === "" ? messages : [...messages, { role: "assistant", reasoning_content: thought }];
  }
  if (item.type === "function_call_output")
    return [...messages, { role: "tool", tool_call_id: item.call_id, content: textOf(item.output) }];
  const { call_id: id, name, arguments: written } = item;
  const call = { id, type: "function" as const, function: { name, arguments: written } };
  const last = messages.at(-1);
  if (last?.role !== "assistant")
    return [...messages, { role: "assistant", content: null, tool_calls: [call] }];
  return [...messages.slice(0, -1), { ...last, tool_calls: [...(last.tool_calls ?? []), call] }];
}

/** A thought is of the answer that follows it. */
function withMessage(messages: Spoken[], role: MessageRole, content: string): Spoken[] {
  const last = messages.at(-1);
  const isThought = last?.role === "assistant" && last.content === undefined && last.reasoning_content;
  if (role !== "assistant" || !isThought) return [...messages, { role, content }];
  return [...messages.slice(0, -1), { ...last, content }];
}

export function responseTools({ tools }: ResponseFields): ChatTool[] {
  return (tools ?? []).map(toolOf);
}
