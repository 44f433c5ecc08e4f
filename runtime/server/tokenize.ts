/** POST /tokenize and /detokenize, in vLLM's shapes. */
import { z } from "zod";
import { chatFields, chatMessages, chatTools } from "./chat-fields.ts";
import type { Exchange } from "./exchange.ts";
import { checkToken } from "./generation-fields.ts";
import { renderPrompt } from "./prompt.ts";
import { ignored, isTokenNumber, listOf, parseBody, tokenNumber, unsupported } from "./request-body.ts";
import { type Endpoint, type Service, takeModel } from "./service.ts";
import type { ServerSettings } from "./settings.ts";
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

/** vLLM's (vllm-project/vllm, vllm/entrypoints/serve/tokenize/protocol.py; 2026-11-22). */
function conversationFields(settings: ServerSettings) {
  const { model, messages, tools, chat_template_kwargs } = chatFields(settings).shape;
  return z.strictObject({
    model: model.nullish(),
    messages,
    tools,
    chat_template_kwargs,
    return_token_strs: textFields.shape.return_token_strs,
    /** Whether it ends where an answer begins. Default: yes. */
    add_generation_prompt: z.boolean().nullish(),
    /** Whether what a plain prompt begins with stands before it as well. Default: no. */
    add_special_tokens: z.boolean().nullish(),
    continue_final_message: z
      .literal(false, { error: "is not supported: an answer begins a message of its own" })
      .nullish(),
    chat_template: unsupported("the template is the model's own"),
    /** Of images and sounds, which messages here have not. */
    media_io_kwargs: ignored,
    mm_processor_kwargs: ignored,
  });
}

export function tokenizeEndpoint(service: Service): Endpoint {
  const conversation = conversationFields(service.settings);
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

type Conversation = z.output<ReturnType<typeof conversationFields>>;

function ofChat(
  reader: TextReader,
  exchange: Exchange,
  { messages, tools, chat_template_kwargs, add_generation_prompt, add_special_tokens }: Conversation,
): Promise<Int32Array> {
  const options = {
    tools: chatTools(tools),
    variables: chat_template_kwargs ?? {},
    addGenerationPrompt: add_generation_prompt ?? true,
    addSpecialTokens: add_special_tokens ?? false,
  };
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
