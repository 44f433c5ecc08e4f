/** The text side of a model, as the server asks for it: the files of its directory, read once. */
import { join } from "node:path";
import type { GrammarSource } from "./engine/contract.ts";
import { readModelConfig } from "./models/model-config.ts";
import { ModelFileError } from "./models/model-file-error.ts";
import type { ChatMessage, ChatOptions, TextModel } from "./server/text.ts";
import { ChatTemplate } from "./text/chat-template.ts";
import { Detokenizer } from "./text/detokenizer.ts";
import { StopStrings } from "./text/stop-strings.ts";
import { Tokenizer } from "./text/tokenizer.ts";

/** Throws a ModelFileError for files that do not belong together. */
export function textModel(directory: string): TextModel {
  const tokenizer = Tokenizer.load(directory);
  const config = readModelConfig(join(directory, "config.json"));
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new ModelFileError(
      join(directory, "tokenizer.json"),
      `has ${tokenizer.vocabularySize} tokens, where the model has ${config.vocabularySize}`,
    );
  }
  const template = ChatTemplate.load(directory, tokenizer);
  const own = tokenizer.eos === undefined ? [] : [tokenizer.eos];
  return {
    stopTokens: [...new Set([...config.endTokens, ...own])],
    encode: (text, { isPrompt }) => tokenizer.encode(text, { wrapped: isPrompt }),
    decode: (tokens) => tokenizer.decode(tokens),
    bytesOf: (token) => tokenizer.bytesOf(token),
    renderChat: (messages, options) => renderChat(template, tokenizer, messages, options),
    detokenizer: () => new Detokenizer(tokenizer, { continues: true }),
    stopFinder: (stops) => new StopStrings(stops),
    answerReader: () => undefined,
    grammarProblem: (_: GrammarSource) => "this model has no vocabulary for grammars",
  };
}

function renderChat(
  template: ChatTemplate | undefined,
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  { tools, variables }: ChatOptions,
): Int32Array {
  if (!template) throw new Error("this model has no chat template: use /v1/completions");
  const text = template.render({
    messages: messages.map((message) => ({ ...message })),
    ...(tools.length > 0 && { tools }),
    variables,
  });
  return tokenizer.encodeGuarded(text);
}
