/** What a request to the chat endpoint may hold. */
import { z } from "zod";
import { endFields, harmlessFields, samplingFields, streamFields } from "./generation-fields.ts";
import { ignored, listOf, unsupported } from "./request-body.ts";
import type { ServerSettings } from "./settings.ts";
import type { ChatMessage, ChatTool } from "./text.ts";

const textPart = z.strictObject({
  type: z.literal("text", { error: "is not supported: this model reads text alone" }),
  text: z.string(),
});

/** Parts of one message. */
export const partsMost = 4096;

const messageContent = z.union([z.string(), listOf(textPart, { min: 1, max: partsMost })], {
  error: "wants a string, or a list of text parts",
});

const functionName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "wants letters, digits, dash and underscore");
export const onlyFunctions = { error: "is not supported: tools are functions here" };

const toolCall = z.strictObject({
  id: z.string().min(1).max(256),
  type: z.literal("function", onlyFunctions),
  function: z.strictObject({ name: functionName, arguments: z.string() }),
});

const spoken = (role: "system" | "developer" | "user") =>
  z.strictObject({ role: z.literal(role), content: messageContent, name: z.string().max(256).nullish() });

const assistant = z.strictObject({
  role: z.literal("assistant"),
  content: messageContent.nullish(),
  refusal: z.string().nullish(),
  /** What it thought before: templates take it as the model was taught. */
  reasoning_content: z.string().nullish(),
  name: z.string().max(256).nullish(),
  tool_calls: listOf(toolCall, { max: 128 }).nullish(),
  annotations: ignored,
  audio: unsupported("this model hears nothing"),
  function_call: unsupported("write tool_calls"),
});

const tool = z.strictObject({
  role: z.literal("tool"),
  content: messageContent,
  tool_call_id: z.string().max(256),
});

const chatMessage = z.discriminatedUnion(
  "role",
  [spoken("system"), spoken("developer"), spoken("user"), assistant, tool],
  { error: "wants one of system, developer, user, assistant and tool" },
);

export const jsonSchema = z.record(z.string(), z.unknown());

export const functionFields = {
  name: functionName,
  description: z.string().max(65_536).nullish(),
  parameters: jsonSchema.nullish(),
  strict: z.boolean().nullish(),
};

const toolFunction = z.strictObject(functionFields);
const chatTool = z.strictObject({ type: z.literal("function", onlyFunctions), function: toolFunction });

const toolChoice = z.union(
  [
    z.enum(["none", "auto", "required"]),
    z.strictObject({
      type: z.literal("function", onlyFunctions),
      function: z.strictObject({ name: functionName }),
    }),
  ],
  { error: "wants none, auto, required, or the name of a function" },
);

const responseFormat = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("text") }),
    z.strictObject({ type: z.literal("json_object") }),
    z.strictObject({
      type: z.literal("json_schema"),
      json_schema: z.strictObject({
        name: functionName,
        description: z.string().nullish(),
        schema: jsonSchema.nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
    z.strictObject({ type: z.literal("grammar"), grammar: z.string().min(1).max(262_144) }),
  ],
  { error: "wants one of text, json_object, json_schema and grammar" },
);

export const reasoningEffort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]);
export const verbosity = z.literal("medium", {
  error: "is not supported: nothing here makes answers longer",
});
const modality = z.literal("text", { error: "is not supported: this model writes text alone" });
const modalities = listOf(modality, { max: 8 });

export function chatFields({ messages, tools }: ServerSettings) {
  return z.strictObject({
    model: z.string(),
    messages: listOf(chatMessage, { min: 1, max: messages }),
    ...samplingFields,
    ...endFields,
    ...streamFields,
    ...harmlessFields,
    n: z.int().min(1).nullish(),
    max_completion_tokens: z.int().min(1).nullish(),
    max_tokens: z.int().min(1).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    response_format: responseFormat.nullish(),
    tools: listOf(chatTool, { max: tools }).nullish(),
    tool_choice: toolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    /** Given to the chat template, as is every variable of `chat_template_kwargs`. */
    reasoning_effort: reasoningEffort.nullish(),
    chat_template_kwargs: z.record(z.string().max(256), z.unknown()).nullish(),
    modalities: modalities.nullish(),
    /** A guess that would only make the answer faster. */
    prediction: ignored,
    verbosity: verbosity.nullish(),
    audio: unsupported("this model does not speak"),
    web_search_options: unsupported("nothing is searched here"),
    moderation: unsupported("nothing is moderated here"),
    functions: unsupported("write tools"),
    function_call: unsupported("write tool_choice"),
  });
}

export type ChatFields = z.output<ReturnType<typeof chatFields>>;
type MessageFields = z.output<typeof chatMessage>;

export function textOf(content: string | readonly { readonly text: string }[]): string {
  return typeof content === "string" ? content : content.map(({ text }) => text).join("\n");
}

/** The messages as chat templates read them. */
export function chatMessages(fields: readonly MessageFields[]): ChatMessage[] {
  return fields.map((message) => {
    if (message.role === "tool")
      return { role: "tool", content: textOf(message.content), tool_call_id: message.tool_call_id };
    const name = message.name ? { name: message.name } : {};
    if (message.role !== "assistant")
      return { role: message.role, content: textOf(message.content), ...name };
    const calls = message.tool_calls ?? [];
    const said = message.content ?? message.refusal;
    return {
      role: "assistant",
      content: said === null || said === undefined ? null : textOf(said),
      ...(message.reasoning_content && { reasoning_content: message.reasoning_content }),
      ...name,
      ...(calls.length > 0 && {
        tool_calls: calls,
      }),
    };
  });
}

export function chatTools(tools: ChatFields["tools"]): ChatTool[] {
  return (tools ?? []).map((tool) => toolOf(tool.function));
}

/** The numbers of tools whose arguments have to fit. */
export function strictTools(tools: readonly { readonly strict?: boolean | null }[] | null = []): number[] {
  return (tools ?? []).flatMap(({ strict }, index) => (strict ? [index] : []));
}

export function toolOf({ name, description, parameters }: z.output<typeof toolFunction>): ChatTool {
  return {
    type: "function",
    function: { name, ...(description && { description }), ...(parameters && { parameters }) },
  };
}
