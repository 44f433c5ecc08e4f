/**
 * Finds calls of tools in an answer that comes in pieces. What only looks like a call is told as the text
 * that it is; nothing of an answer is lost, but for the space between two calls.
 */
import { beginningAtEnd, JsonEnd } from "./text-marks.ts";

/**
 * tags: `<tool_call>{"name": ..., "arguments": ...}</tool_call>`, as Qwen and Hermes write.
 * list: `[TOOL_CALLS][{"name": ..., "arguments": ...}]`, as Mistral does.
 * bare: the answer is `{"name": ..., "parameters": ...}` itself, as with Llama 3.
 */
export type ToolCallFormat = "tags" | "list" | "bare";

export interface ToolCall {
  readonly index: number;
  /** If the model gave it one. */
  readonly id?: string;
  readonly name: string;
  /** A JSON object. */
  readonly arguments: string;
}

export interface ToolCallText {
  readonly content: string;
  readonly calls: readonly ToolCall[];
}

/** Told by what the chat template writes of calls in earlier turns; undefined where it knows none. */
export function toolCallFormatOf(template: string): ToolCallFormat | undefined {
  if (template.includes("<tool_call>")) return "tags";
  if (template.includes("[TOOL_CALLS]")) return "list";
  return /["']parameters["']\s*:/.test(template) && template.includes("tool_calls") ? "bare" : undefined;
}

const pythonTag = "<|python_tag|>";

/** What a call begins with, where that may be a special token. */
export const callMarks: Readonly<Record<ToolCallFormat, readonly string[]>> = {
  tags: ["<tool_call>", "</tool_call>"],
  list: ["[TOOL_CALLS]"],
  bare: [pythonTag],
};

interface Marks {
  readonly open: string;
  readonly bracket: "{" | "[";
  readonly close: string;
}

const marksOf: Readonly<Record<Exclude<ToolCallFormat, "bare">, Marks>> = {
  tags: { open: "<tool_call>", bracket: "{", close: "</tool_call>" },
  list: { open: "[TOOL_CALLS]", bracket: "[", close: "" },
};
const bareMarks: Marks = { open: "", bracket: "{", close: "" };

type State = "start" | "text" | "call" | "after" | "plain";

interface Call extends Omit<ToolCall, "index"> {
  /** Whether arguments were written at all. */
  readonly isArgued: boolean;
}

/** Longer names of calls are none that could be sent back. */
const idLengthMost = 256;

/** Marks that are special tokens have to be in the text: a detokenizer leaves them out unless it is asked. */
export class ToolCallParser {
  readonly #format: ToolCallFormat;
  readonly #names: ReadonlySet<string>;
  #state: State;
  #held = "";
  #json: { readonly start: number; readonly end: JsonEnd } | undefined;
  #content = "";
  #calls: ToolCall[] = [];
  #count = 0;

  /** With the names of the request's tools: nothing else tells a bare call from an answer that is JSON. */
  constructor(format: ToolCallFormat, names: ReadonlySet<string>) {
    this.#format = format;
    this.#names = names;
    this.#state = format === "bare" ? "start" : "text";
  }

  /** Calls so far: an answer with any of them ends for their sake. */
  get count(): number {
    return this.#count;
  }

  push(text: string): ToolCallText {
    this.#held += text;
    while (this.#step(false));
    return this.#told();
  }

  /** What is held is a call, or else text. */
  end(): ToolCallText {
    while (this.#step(true));
    if (this.#state !== "after") this.#tell(this.#held.length);
    this.#held = "";
    return this.#told();
  }

  #told(): ToolCallText {
    const told = { content: this.#content, calls: this.#calls };
    this.#content = "";
    this.#calls = [];
    return told;
  }

  /** So much of what is held is text. */
  #tell(length: number): void {
    this.#content += this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
  }

  /** Whether the next step might know more. */
  #step(isEnd: boolean): boolean {
    switch (this.#state) {
      case "start":
        return this.#begin(isEnd);
      case "text":
        return this.#search();
      case "call":
        return this.#read(isEnd);
      case "after":
        return this.#continue(isEnd);
      case "plain":
        this.#tell(this.#held.length);
        return false;
    }
  }

  /** A bare call is the first thing of an answer, or behind the tag that announces code. */
  #begin(isEnd: boolean): boolean {
    const text = this.#held.trimStart();
    const isAnnounced = text.startsWith(pythonTag);
    const value = isAnnounced ? text.slice(pythonTag.length).trimStart() : text;
    const isOpen =
      value === "" || (!isAnnounced && value.length < pythonTag.length && pythonTag.startsWith(value));
    if (isOpen && !isEnd) return false;
    this.#go(value.startsWith("{") ? "call" : "plain");
    return true;
  }

  #search(): boolean {
    const { open } = this.#marks;
    const at = this.#held.indexOf(open);
    this.#tell(at >= 0 ? at : this.#held.length - beginningAtEnd(this.#held, open));
    if (at >= 0) this.#go("call");
    return at >= 0;
  }

  get #marks(): Marks {
    return this.#format === "bare" ? bareMarks : marksOf[this.#format];
  }

  #go(state: State): void {
    this.#state = state;
    this.#json = undefined;
  }

  #read(isEnd: boolean): boolean {
    const { bracket, close } = this.#marks;
    const start = this.#json?.start ?? this.#valueStart();
    const first = this.#held.charAt(start);
    if (first === "") return false;
    if (first !== bracket) return this.#refuse();
    this.#json ??= { start, end: new JsonEnd(start) };
    const end = this.#json.end.find(this.#held);
    if (end === undefined) return false;
    const rest = this.#held.slice(end).trimStart();
    const isClosed = rest.startsWith(close);
    if (!isClosed && !isEnd && close.startsWith(rest)) return false;
    const isWhole = isClosed || (isEnd && close.startsWith(rest));
    const calls = isWhole ? callsIn(this.#held.slice(start, end)) : undefined;
    if (!calls || (this.#format === "bare" && !calls.every((call) => this.#isBare(call))))
      return this.#refuse();
    for (const { isArgued: _, ...call } of calls) {
      this.#calls.push({ index: this.#count, ...call });
      this.#count += 1;
    }
    if (close === "") this.#held = this.#held.slice(end);
    else this.#held = isClosed ? rest.slice(close.length) : "";
    this.#go("after");
    return true;
  }

  #isBare({ name, isArgued }: Call): boolean {
    return isArgued && this.#names.has(name);
  }

  #valueStart(): number {
    const isAnnounced = this.#format === "bare" && this.#held.trimStart().startsWith(pythonTag);
    const before = isAnnounced ? this.#held.indexOf(pythonTag) + pythonTag.length : this.#marks.open.length;
    return this.#held.length - this.#held.slice(before).trimStart().length;
  }

  /** No call after all; another may begin within it. */
  #refuse(): boolean {
    this.#go(this.#format === "bare" ? "plain" : "text");
    this.#tell(this.#marks.open.length);
    return true;
  }

  /** Another call, with only space before it; or else the space is text like what follows it. */
  #continue(isEnd: boolean): boolean {
    const { open } = this.#marks;
    const rest = this.#held.trimStart().replace(this.#format === "bare" ? /^;\s*/ : "", "");
    if (rest === "" || (isEnd && open.startsWith(rest))) {
      if (isEnd && rest !== "") this.#go("text");
      return false;
    }
    if (this.#format === "bare" ? rest.startsWith("{") : rest.startsWith(open)) {
      this.#held = rest;
      this.#go("call");
      return true;
    }
    if (open.startsWith(rest)) return false;
    this.#go(this.#format === "bare" ? "plain" : "text");
    return true;
  }
}

/** Undefined unless it is one call, or a list of at least one. */
function callsIn(json: string): Call[] | undefined {
  let found: unknown;
  try {
    found = JSON.parse(json);
  } catch {
    return undefined;
  }
  const calls = (Array.isArray(found) ? found : [found]).map(callIn);
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
}

/** What has more to say than a call has would be lost as one. */
const members = new Set(["name", "id", "type", "arguments", "parameters"]);

function callIn(value: unknown): Call | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, id, arguments: args, parameters } = value as Readonly<Record<string, unknown>>;
  if (!Object.keys(value).every((key) => members.has(key))) return undefined;
  if (args !== undefined && parameters !== undefined) return undefined;
  const given = args ?? parameters;
  const text = typeof given === "string" ? given : JSON.stringify(given ?? {});
  if (typeof name !== "string" || name === "" || !isObjectText(text)) return undefined;
  return { name, arguments: text, isArgued: given !== undefined, ...(isId(id) && { id }) };
}

function isId(id: unknown): id is string {
  return typeof id === "string" && id !== "" && id.length <= idLengthMost;
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
