/** POST /tokenize and /detokenize, in vLLM's shapes. */
import { z } from "zod";
import { type ChatFields, chatFields, chatMessages, chatTools } from "./chat-fields.ts";
import type { Exchange } from "./exchange.ts";
import { checkToken } from "./generation-fields.ts";
import { renderPrompt } from "./prompt.ts";
import { isTokenNumber, listOf, parseBody, tokenNumber } from "./request-body.ts";
import { type Endpoint, type Service, takeModel } from "./service.ts";
import type { TextReader } from "./text-reader.ts";

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
  tokens: listOf(tokenNumber, { max: 2 ** 21, isPlain: isTokenNumber }),
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
  const { reader, engine } = service;
  return async (exchange, body) => {
    const isConversation = typeof body === "object" && body !== null && "messages" in body;
    const fields = parseBody(isConversation ? conversation : textFields, body);
    if (fields.model) takeModel(service, exchange, fields.model);
    const isText = "prompt" in fields;
    const tokens = await (isText ? ofText(reader, exchange, fields) : ofChat(reader, exchange, fields));
    return {
      count: tokens.length,
      max_model_len: engine.facts.sequenceTokens,
      tokens: [...tokens],
      token_strs: fields.return_token_strs ? await reader.namesOf(exchange, tokens) : null,
    };
  };
}

async function ofText(
  reader: TextReader,
  exchange: Exchange,
  { prompt, add_special_tokens }: z.output<typeof textFields>,
): Promise<Int32Array> {
  const [tokens] = await reader.encode(exchange, [prompt], { isPrompt: add_special_tokens ?? true });
  return tokens ?? new Int32Array();
}

type Conversation = Pick<ChatFields, "messages" | "tools" | "chat_template_kwargs">;

function ofChat(
  reader: TextReader,
  exchange: Exchange,
  { messages, tools, chat_template_kwargs }: Conversation,
): Promise<Int32Array> {
  const options = { tools: chatTools(tools), variables: chat_template_kwargs ?? {} };
  return renderPrompt(reader, exchange, chatMessages(messages), options);
}

export function detokenizeEndpoint(service: Service): Endpoint {
  return async (exchange, body) => {
    const { model, tokens } = parseBody(tokenFields, body);
    if (model) takeModel(service, exchange, model);
    for (const token of tokens) checkToken(token, service.engine.facts.vocabularySize, "tokens");
    return { prompt: await service.reader.decode(exchange, tokens) };
  };
}
