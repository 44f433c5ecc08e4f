/** POST /tokenize and /detokenize, in vLLM's shapes. */
import { z } from "zod";
import { type ChatFields, chatFields, chatMessages, chatTools } from "./chat-fields.ts";
import { checkToken } from "./generation-fields.ts";
import { renderPrompt } from "./prompt.ts";
import { listOf, parseBody } from "./request-body.ts";
import { type Endpoint, type Service, takeModel } from "./service.ts";

const textFields = z.strictObject({
  model: z.string().nullish(),
  prompt: z.string(),
  /** Whether it begins as a prompt does. Default: yes. */
  add_special_tokens: z.boolean().nullish(),
  /** Default: no. */
  return_token_strs: z.boolean().nullish(),
});

const tokenFields = z.strictObject({
  model: z.string().nullish(),
  tokens: listOf(z.int().min(0), { max: 2 ** 21 }),
});

export function tokenizeEndpoint(service: Service): Endpoint {
  const { model, messages, tools, chat_template_kwargs } = chatFields(service.settings).shape;
  const { return_token_strs } = textFields.shape;
  const conversation = z.strictObject({
    model: model.nullish(),
    messages,
    tools,
    chat_template_kwargs,
    return_token_strs,
  });
  const { text, engine } = service;
  return async (exchange, body) => {
    const isConversation = typeof body === "object" && body !== null && "messages" in body;
    const fields = parseBody(isConversation ? conversation : textFields, body);
    if (fields.model) takeModel(service, exchange, fields.model);
    const tokens = [...("prompt" in fields ? ofText(service, fields) : ofChat(service, fields))];
    const strings = tokens.map((token) => Buffer.from(text.bytesOf(token)).toString("utf8"));
    return {
      count: tokens.length,
      max_model_len: engine.facts.sequenceTokens,
      tokens,
      token_strs: fields.return_token_strs ? strings : null,
    };
  };
}

function ofText({ text }: Service, { prompt, add_special_tokens }: z.output<typeof textFields>): Int32Array {
  return text.encode(prompt, { isPrompt: add_special_tokens ?? true });
}

type Conversation = Pick<ChatFields, "messages" | "tools" | "chat_template_kwargs">;

function ofChat({ text }: Service, { messages, tools, chat_template_kwargs }: Conversation): Int32Array {
  return renderPrompt(text, chatMessages(messages), chatTools(tools), chat_template_kwargs ?? {});
}

export function detokenizeEndpoint(service: Service): Endpoint {
  return async (exchange, body) => {
    const { model, tokens } = parseBody(tokenFields, body);
    if (model) takeModel(service, exchange, model);
    for (const token of tokens) checkToken(token, service.engine.facts.vocabularySize, "tokens");
    return { prompt: service.text.decode(tokens) };
  };
}
