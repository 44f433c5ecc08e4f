/** How an answer may call tools: what it is held to, and how its calls are read. */
import type { GrammarSource } from "../engine/contract.ts";
import { ApiError } from "./api-error.ts";
import type { AnswerReader, ChatTool, TextModel, Thought } from "./text.ts";
import { CallsReader, ContentReader, EitherReader, NamedReader, OneCallReader } from "./tool-readers.ts";

export type ToolChoice = "none" | "auto" | "required" | { readonly name: string };

/** What an answer is held to. */
export interface HeldGrammar {
  readonly source: GrammarSource;
  /** The field that it was made of. */
  readonly param: string;
}

export interface ToolPlan {
  /** What the chat template is told of. */
  readonly tools: readonly ChatTool[];
  readonly grammar?: HeldGrammar;
  /** One for each choice. */
  readonly reader: () => AnswerReader;
}

export interface ToolRequest {
  readonly tools: readonly ChatTool[];
  /** Where each stands in the request. */
  readonly place: (tool: number) => string;
  /** Those whose arguments have to fit however they are called, by their numbers. */
  readonly strict: readonly number[];
  readonly choice: ToolChoice;
  /** More calls than one in an answer. */
  readonly isParallel: boolean;
  /** Another grammar that the answer is to follow. */
  readonly format?: HeldGrammar | undefined;
}

export function toolPlan(text: TextModel, request: ToolRequest): ToolPlan {
  const { tools, choice, isParallel, format, place } = request;
  checkTools(tools, choice);
  if (tools.length === 0 || choice === "none")
    return { tools: [], reader: () => new ContentReader(), ...(format && { grammar: format }) };
  // An answer that has to be a call is no text that a format could hold.
  if (choice === "auto" && format) return eitherPlan(text, request, format);
  if (choice === "auto") {
    const reader = () => {
      const free = freeReader(text, tools);
      return isParallel ? free : new OneCallReader(free);
    };
    reader();
    return { tools, reader, ...strictGrammar(text, request) };
  }
  if (choice === "required") {
    checkSchemas(text, request, Array.from(tools.keys()));
    const source = callsGrammar(tools, isParallel);
    return { tools, grammar: { source, param: "tools" }, reader: () => new CallsReader(() => text.callId()) };
  }
  const index = tools.findIndex(({ function: { name } }) => name === choice.name);
  const source: GrammarSource = { type: "json-schema", schema: parametersOf(tools[index]) };
  const grammar = { source, param: `${place(index)}.parameters` };
  return { tools, grammar, reader: () => new NamedReader(choice.name, () => text.callId()) };
}

/** The plan where the answer to this prompt may begin with a thought. */
export function thinkingPlan({ grammar, reader, tools }: ToolPlan, thought: Thought | undefined): ToolPlan {
  if (!thought) return { tools, reader, ...(grammar && { grammar }) };
  const plan = { tools, reader: () => thought.reader(reader()) };
  if (!grammar) return plan;
  const source = thought.grammar(grammar.source);
  if (source) return { ...plan, grammar: { ...grammar, source } };
  const message = `${grammar.param}: an answer of this model cannot be held to anything while it thinks`;
  throw new ApiError("unsupported_parameter", message, { param: grammar.param });
}

/** A text that follows the format, or calls and nothing else. */
function eitherPlan(text: TextModel, request: ToolRequest, format: HeldGrammar): ToolPlan {
  const { tools, strict, isParallel } = request;
  const problem = text.grammarProblem(format.source);
  if (problem) throw new ApiError("invalid_grammar", problem, { param: format.param });
  checkSchemas(text, request, strict);
  const held = { grammar: format.source, isParallel };
  const source = text.callsGrammar(heldTools(request), held);
  if (source?.type !== "tool-calls") {
    const message = `${format.param}: calls of this model cannot be told from a text that follows a format`;
    throw new ApiError("unsupported_parameter", message, { param: format.param });
  }
  const { trigger } = source;
  const reader = () => {
    const calls = freeReader(text, tools);
    return new EitherReader(trigger, isParallel ? calls : new OneCallReader(calls));
  };
  return { tools, reader, grammar: { source, param: format.param } };
}

function parametersOf(tool: ChatTool | undefined): object {
  return tool?.function.parameters ?? { type: "object" };
}

/** Free to call or not; but what is called strictly fits its schema. */
function strictGrammar(text: TextModel, request: ToolRequest): Pick<ToolPlan, "grammar"> {
  const { strict, place } = request;
  const [first] = strict;
  if (first === undefined) return {};
  checkSchemas(text, request, strict);
  const source = text.callsGrammar(heldTools(request));
  if (source) return { grammar: { source, param: "tools" } };
  const param = `${place(first)}.strict`;
  const message = `${param}: calls of this model are free, unless tool_choice names or requires them`;
  throw new ApiError("unsupported_parameter", message, { param });
}

/** Arguments of those that are not strict may be any object. */
function heldTools({ tools, strict }: ToolRequest): ChatTool[] {
  return tools.map((tool, index) => {
    const { parameters: _, ...rest } = tool.function;
    return strict.includes(index) ? tool : { ...tool, function: rest };
  });
}

/** What is wrong with one tool is told of that one. */
function checkSchemas(text: TextModel, { tools, place }: ToolRequest, numbers: readonly number[]): void {
  for (const number of numbers) {
    const problem = text.grammarProblem({ type: "json-schema", schema: parametersOf(tools[number]) });
    const param = `${place(number)}.parameters`;
    if (problem) throw new ApiError("invalid_grammar", `${param}: ${problem}`, { param });
  }
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
