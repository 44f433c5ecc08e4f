/** The text side of a model, as the server asks for it: the files of its directory, read once. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { GrammarSource } from "./engine/contract.ts";
import { readGenerationConfig } from "./models/generation-config.ts";
import { readModelConfig } from "./models/model-config.ts";
import { ModelFileError } from "./models/model-file-error.ts";
import { PromptError } from "./server/prompt.ts";
import type {
  AnswerPart,
  AnswerReader,
  CallsFormat,
  ChatMessage,
  ChatOptions,
  ChatTool,
  TextModel,
  Thought,
} from "./server/text.ts";
import { ChatTemplate, ChatTemplateError } from "./text/chat-template.ts";
import { Detokenizer } from "./text/detokenizer.ts";
import { GrammarError, preparedSchema } from "./text/grammar-schema.ts";
import { StopStrings } from "./text/stop-strings.ts";
import { type ThoughtMarks, ThoughtReader, thoughtMarksOf, thoughtStateOf } from "./text/thoughts.ts";
import { Tokenizer } from "./text/tokenizer.ts";
import {
  callMarks,
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
  const { endTokens, defaults } = readGenerationConfig(directory, config.vocabularySize);
  const template = ChatTemplate.load(directory, tokenizer);
  const format = template && toolCallFormatOf(template.source);
  const thoughts = template && thoughtMarksOf(template.source);
  const shownOf = (marks: readonly string[]) =>
    new Set(marks.flatMap((mark) => tokenizer.specialTokens.get(mark) ?? []));
  return {
    stopTokens: stopTokensOf([...config.endTokens, ...endTokens], tokenizer),
    defaults,
    encode: (text, { isPrompt }) => tokenizer.encode(text, { wrapped: isPrompt }),
    decode: (tokens) => tokenizer.decode(tokens),
    bytesOf: (token) => tokenizer.bytesOf(token),
    renderChat: (messages, options) => renderChat(template, tokenizer, messages, options),
    detokenizer: (shown) => new Detokenizer(tokenizer, { continues: true, shown: shownOf(shown) }),
    stopFinder: (stops) => new StopStrings(stops),
    answerReader: (tools) => format && answerReader(format, tools),
    callId: () => callId(format),
    callsGrammar: (tools, held) =>
      format === "tags" && isText(tokenizer, callMarks.tags) ? callsGrammar(tools, held) : undefined,
    thinks: thoughts !== undefined,
    thoughtAfter: (prompt) => thoughts && thoughtAfter(tokenizer, thoughts, prompt),
    grammarProblem,
  };
}

/** What ends an answer, as both configs and the tokenizer say, each once. */
function stopTokensOf(endTokens: readonly number[], { eos }: Tokenizer): number[] {
  return [...new Set([...endTokens, ...(eos === undefined ? [] : [eos])])];
}

function renderChat(
  template: ChatTemplate | undefined,
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  { tools, variables, addGenerationPrompt, addSpecialTokens }: ChatOptions,
): Int32Array {
  if (!template) throw new PromptError("messages", "this model has no chat template: use /v1/completions");
  try {
    const text = template.render({
      messages: messages.map((message) => ({ ...message })),
      ...(tools.length > 0 && { tools }),
      variables,
      ...(addGenerationPrompt !== undefined && { addGenerationPrompt }),
    });
    return tokenizer.encodeGuarded(text, { wrapped: addSpecialTokens ?? false });
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    throw new PromptError(template.isSound ? "messages" : "template", error.message);
  }
}

function answerReader(format: ToolCallFormat, tools: readonly ChatTool[]): AnswerReader {
  const parser = new ToolCallParser(format, new Set(tools.map(({ function: { name } }) => name)));
  const partsOf = ({ content, calls }: ToolCallText): AnswerPart[] => [
    ...(content === "" ? [] : [{ type: "content", text: content } as const]),
    ...calls.flatMap(({ index, id = callId(format), name, arguments: text }): AnswerPart[] => [
      { type: "call", index, id, name },
      { type: "arguments", index, text },
    ]),
  ];
  return {
    marks: callMarks[format],
    isWhole: false,
    thoughtCharacters: 0,
    push: (text) => partsOf(parser.push(text)),
    end: () => partsOf(parser.end()),
  };
}

/** Mistral's templates refuse names of calls that have not nine letters or digits. */
function callId(format: ToolCallFormat | undefined): string {
  const name = randomBytes(12).toString("hex");
  return format === "list" ? name.slice(0, 9) : `call_${name}`;
}

/** As the template writes calls of earlier turns. */
function callsGrammar(tools: readonly ChatTool[], format?: CallsFormat): GrammarSource {
  const calls = tools.map(({ function: { name, parameters = { type: "object" } } }) => ({
    begin: `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": `,
    schema: parameters,
    end: "}\n</tool_call>",
  }));
  return { type: "tool-calls", trigger: "<tool_call>", calls, ...(format && { format }) };
}

/** A grammar is of text, and knows of no special token: held to one, a model could not write such a mark. */
function isText({ specialTokens }: Tokenizer, marks: readonly string[]): boolean {
  return marks.every((mark) => !specialTokens.has(mark));
}

/** More tokens than the mark of a thought has, and the space around it. */
const promptEndTokens = 16;

function thoughtAfter(tokenizer: Tokenizer, marks: ThoughtMarks, prompt: Int32Array): Thought | undefined {
  const end = tokenizer.decode(prompt.slice(-promptEndTokens), { special: true });
  const state = thoughtStateOf(end, marks);
  if (state === "none") return undefined;
  const isOpen = state === "open";
  const isHeld = isText(tokenizer, [marks.open, marks.close]);
  const [open, close] = [marks.open, marks.close].map((mark) => tokenizer.specialTokens.get(mark));
  return {
    reader: (answer) => new ThoughtReader(marks, isOpen, answer),
    grammar: (grammar) => {
      if (isHeld) return { type: "after-thought", ...marks, isOpen, grammar };
      if (open === undefined || close === undefined) return undefined;
      return { type: "after-thought-tokens", open, close, isOpen, grammar };
    },
  };
}

/** What can be told without compiling it; the engine refuses the rest. */
function grammarProblem(source: GrammarSource): string | undefined {
  try {
    for (const schema of schemasOf(source)) preparedSchema(schema);
    return undefined;
  } catch (error) {
    if (error instanceof GrammarError) return error.message;
    throw error;
  }
}

function schemasOf(source: GrammarSource): readonly object[] {
  if (source.type === "after-thought" || source.type === "after-thought-tokens")
    return schemasOf(source.grammar);
  if (source.type === "tool-calls") {
    const { calls, format } = source;
    return [...calls.map(({ schema }) => schema), ...(format ? schemasOf(format.grammar) : [])];
  }
  return source.type === "json-schema" ? [source.schema] : [];
}
