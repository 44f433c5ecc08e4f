/** The text side of a model, as the server asks for it: the files of its directory, read once. */
import { join } from "node:path";
import type { GrammarSource } from "./engine/contract.ts";
import { type ModelConfig, readModelConfig } from "./models/model-config.ts";
import { ModelFileError } from "./models/model-file-error.ts";
import { PromptError } from "./server/prompt.ts";
import type { AnswerPart, AnswerReader, ChatMessage, ChatOptions, TextModel } from "./server/text.ts";
import { ChatTemplate, ChatTemplateError } from "./text/chat-template.ts";
import { Detokenizer } from "./text/detokenizer.ts";
import { GrammarError, preparedSchema } from "./text/grammar-schema.ts";
import { StopStrings } from "./text/stop-strings.ts";
import { Tokenizer } from "./text/tokenizer.ts";
import {
  type ToolCallFormat,
  ToolCallParser,
  type ToolCallText,
  toolCallFormatOf,
} from "./text/tool-calls.ts";

/** Throws a ModelFileError for files that do not belong together. */
export function textModel(directory: string): TextModel {
  const config = readModelConfig(join(directory, "config.json"));
  const tokenizer = Tokenizer.load(directory);
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new ModelFileError(
      join(directory, "tokenizer.json"),
      `has ${tokenizer.vocabularySize} tokens, where the model has ${config.vocabularySize}`,
    );
  }
  const template = ChatTemplate.load(directory, tokenizer);
  const format = template && toolCallFormatOf(template.source);
  // Between tags calls are text; other families mark them by special tokens, which a reader has to see.
  const hasSpecialMarks = format === "list" || format === "bare";
  return {
    stopTokens: stopTokensOf(config, tokenizer),
    encode: (text, { isPrompt }) => tokenizer.encode(text, { wrapped: isPrompt }),
    decode: (tokens) => tokenizer.decode(tokens),
    bytesOf: (token) => tokenizer.bytesOf(token),
    renderChat: (messages, options) => renderChat(template, tokenizer, messages, options),
    detokenizer: () => new Detokenizer(tokenizer, { continues: true, special: hasSpecialMarks }),
    stopFinder: (stops) => new StopStrings(stops),
    answerReader: () => format && answerReader(format),
    grammarProblem,
  };
}

/** What ends an answer, as the config and the tokenizer say, each once. */
export function stopTokensOf({ endTokens }: ModelConfig, { eos }: Tokenizer): number[] {
  return [...new Set([...endTokens, ...(eos === undefined ? [] : [eos])])];
}

function renderChat(
  template: ChatTemplate | undefined,
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  { tools, variables }: ChatOptions,
): Int32Array {
  if (!template) throw new PromptError("messages", "this model has no chat template: use /v1/completions");
  try {
    const text = template.render({
      messages: messages.map((message) => ({ ...message })),
      ...(tools.length > 0 && { tools }),
      variables,
    });
    return tokenizer.encodeGuarded(text);
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    throw new PromptError(template.isSound ? "messages" : "template", error.message);
  }
}

function answerReader(format: ToolCallFormat): AnswerReader {
  const parser = new ToolCallParser(format);
  return { push: (text) => partsOf(parser.push(text)), end: () => partsOf(parser.end()) };
}

function partsOf({ content, calls }: ToolCallText): AnswerPart[] {
  return [
    ...(content === "" ? [] : [{ type: "content", text: content } as const]),
    ...calls.flatMap(({ index, name, arguments: text }): AnswerPart[] => [
      ...(name === undefined ? [] : [{ type: "call", index, name } as const]),
      ...(text === "" ? [] : [{ type: "arguments", index, text } as const]),
    ]),
  ];
}

/** What can be told without compiling it; the engine refuses the rest. */
function grammarProblem(source: GrammarSource): string | undefined {
  if (source.type !== "json-schema") return undefined;
  try {
    preparedSchema(source.schema);
    return undefined;
  } catch (error) {
    if (error instanceof GrammarError) return error.message;
    throw error;
  }
}
