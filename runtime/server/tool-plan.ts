/** How an answer may call tools: what it is held to, and how its calls are read. */
import type { GrammarSource } from "../engine/contract.ts";
import { ApiError } from "./api-error.ts";
import type { AnswerPart, AnswerReader, ChatTool, TextModel } from "./text.ts";

export type ToolChoice = "none" | "auto" | "required" | { readonly name: string };

export interface ToolPlan {
  /** What the chat template is told of. */
  readonly tools: readonly ChatTool[];
  /** Whatever else the answer was to be. */
  readonly grammar?: GrammarSource;
  /** One for each choice. */
  readonly reader: () => AnswerReader;
}

/** All that is said is content. */
const contentReader: AnswerReader = {
  push: (text) => (text === "" ? [] : [{ type: "content", text }]),
  end: () => [],
};

export interface ToolRequest {
  readonly tools: readonly ChatTool[];
  readonly choice: ToolChoice;
  /** More calls than one in an answer. */
  readonly isParallel: boolean;
  /** Another grammar that the answer is to follow. */
  readonly format?: GrammarSource;
}

export function toolPlan(text: TextModel, { tools, choice, isParallel, format }: ToolRequest): ToolPlan {
  checkTools(tools, choice);
  if (tools.length === 0 || choice === "none")
    return { tools: [], reader: () => contentReader, ...(format && { grammar: format }) };
  if (format) {
    const message = "response_format: an answer cannot be held to a format and be free to call tools";
    throw new ApiError("unsupported_parameter", message, { param: "response_format" });
  }
  if (choice === "auto") return { tools, reader: () => freeReader(text, tools) };
  if (choice === "required")
    return { tools, grammar: callsGrammar(tools, isParallel), reader: () => new CallsReader() };
  const chosen = tools.find(({ function: { name } }) => name === choice.name);
  const schema = chosen?.function.parameters ?? { type: "object" };
  return { tools, grammar: { type: "json-schema", schema }, reader: () => new NamedReader(choice.name) };
}

function checkTools(tools: readonly ChatTool[], choice: ToolChoice): void {
  const names = tools.map(({ function: { name } }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new ApiError("invalid_value", `tools: "${twice}" is there twice`, { param: "tools" });
  const wanted = typeof choice === "object" ? choice.name : undefined;
  if (wanted !== undefined && !names.includes(wanted)) {
    const message = `tool_choice: "${wanted}" is none of the tools`;
    throw new ApiError("invalid_value", message, { param: "tool_choice" });
  }
  if (choice === "required" && names.length === 0) {
    const message = "tool_choice: required, but there are no tools";
    throw new ApiError("invalid_value", message, { param: "tool_choice" });
  }
}

function freeReader(text: TextModel, tools: readonly ChatTool[]): AnswerReader {
  const reader = text.answerReader(tools);
  if (reader) return reader;
  const message = "tools: this model was not taught to call any; tool_choice can name one, or require some";
  throw new ApiError("unsupported_parameter", message, { param: "tools" });
}

/** A list of calls: each names a tool and has arguments that fit it. */
function callsGrammar(tools: readonly ChatTool[], isParallel: boolean): GrammarSource {
  const definitions: Record<string, unknown> = {};
  const calls = tools.map(({ function: { name, parameters = { type: "object" } } }, index) => {
    Object.assign(definitions, moved(parameters, `tool${index}`));
    return {
      type: "object",
      properties: { name: { const: name }, parameters: { $ref: `#/$defs/tool${index}` } },
      required: ["name", "parameters"],
      additionalProperties: false,
    };
  });
  const items = calls.length === 1 ? calls[0] : { anyOf: calls };
  const list = { type: "array", minItems: 1, ...(!isParallel && { maxItems: 1 }), items };
  return { type: "json-schema", schema: { ...list, $defs: definitions } };
}

/** A schema and its own definitions, as definitions of another schema that say so in their names. */
function moved(schema: object, place: string): Record<string, unknown> {
  const { $defs = {}, definitions = {}, ...root } = schema as Record<string, object>;
  const own = Object.entries({ ...definitions, ...$defs });
  return {
    [place]: referring(root, place),
    ...Object.fromEntries(own.map(([name, value]) => [`${place}_${name}`, referring(value, place)])),
  };
}

function referring(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((part) => referring(part, place));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => {
    const isReference = key === "$ref" && typeof part === "string";
    return [key, isReference ? movedReference(part, place) : referring(part, place)];
  });
  return Object.fromEntries(entries);
}

function movedReference(reference: string, place: string): string {
  if (reference === "#") return `#/$defs/${place}`;
  return reference.replace(/^#\/(\$defs|definitions)\//, `#/$defs/${place}_`);
}

/** The whole answer is the arguments of one call. */
class NamedReader implements AnswerReader {
  private readonly name: string;
  private isNamed = false;

  constructor(name: string) {
    this.name = name;
  }

  push(text: string): readonly AnswerPart[] {
    if (text === "") return [];
    const written = { type: "arguments", index: 0, text } as const;
    if (this.isNamed) return [written];
    this.isNamed = true;
    return [{ type: "call", index: 0, name: this.name }, written];
  }

  end(): readonly AnswerPart[] {
    return [];
  }
}

/** The answer is a list of calls, told once it is whole: a list that was cut short is no calls. */
class CallsReader implements AnswerReader {
  private written = "";

  push(text: string): readonly AnswerPart[] {
    this.written += text;
    return [];
  }

  end(): readonly AnswerPart[] {
    const calls = parsedCalls(this.written);
    if (!calls) return this.written === "" ? [] : [{ type: "content", text: this.written }];
    return calls.flatMap(({ name, parameters }, index): AnswerPart[] => [
      { type: "call", index, name },
      { type: "arguments", index, text: JSON.stringify(parameters) },
    ]);
  }
}

function parsedCalls(written: string): { name: string; parameters: unknown }[] | undefined {
  try {
    const calls: unknown = JSON.parse(written);
    const isCall = (call: unknown): call is { name: string; parameters: unknown } =>
      typeof call === "object" && call !== null && "name" in call && typeof call.name === "string";
    return Array.isArray(calls) && calls.every(isCall) ? calls : undefined;
  } catch {
    return undefined;
  }
}
