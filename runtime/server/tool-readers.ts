/** How answers that may call tools are read, where the server itself has said how they are written. */
import type { AnswerPart, AnswerReader } from "./text.ts";

/** Sees no special token, wants all that comes, and knows of no thought. */
class PlainReader {
  readonly marks: readonly string[] = [];
  readonly isWhole: boolean = false;
  readonly thoughtCharacters: number = 0;
}

/** All that is said is content. */
export class ContentReader extends PlainReader implements AnswerReader {
  push(text: string): readonly AnswerPart[] {
    return text === "" ? [] : [{ type: "content", text }];
  }

  end(): readonly AnswerPart[] {
    return [];
  }
}

/** What another reader tells, up to its first call: with it the answer is whole. */
export class OneCallReader implements AnswerReader {
  private readonly reader: AnswerReader;
  private hasCalled = false;

  constructor(reader: AnswerReader) {
    this.reader = reader;
  }

  get marks(): readonly string[] {
    return this.reader.marks;
  }

  get isWhole(): boolean {
    return this.hasCalled;
  }

  get thoughtCharacters(): number {
    return this.reader.thoughtCharacters;
  }

  push(text: string): readonly AnswerPart[] {
    return this.first(this.reader.push(text));
  }

  end(): readonly AnswerPart[] {
    return this.first(this.reader.end());
  }

  /** Readers of free answers tell a call whole, and at once. */
  private first(parts: readonly AnswerPart[]): readonly AnswerPart[] {
    if (this.hasCalled) return [];
    const call = parts.findIndex(({ type }) => type === "call");
    if (call < 0) return parts;
    this.hasCalled = true;
    const later = parts.findIndex((part, at) => at > call && part.type !== "arguments");
    return later < 0 ? parts : parts.slice(0, later);
  }
}

/** Calls, where the answer begins as they do; otherwise all is content, whatever it has of their marks. */
export class EitherReader implements AnswerReader {
  private readonly trigger: string;
  private readonly calls: AnswerReader;
  private chosen: AnswerReader | undefined;
  private begun = "";

  constructor(trigger: string, calls: AnswerReader) {
    this.trigger = trigger;
    this.calls = calls;
  }

  get marks(): readonly string[] {
    return this.calls.marks;
  }

  get isWhole(): boolean {
    return this.chosen?.isWhole ?? false;
  }

  get thoughtCharacters(): number {
    return this.chosen?.thoughtCharacters ?? 0;
  }

  push(text: string): readonly AnswerPart[] {
    if (this.chosen) return this.chosen.push(text);
    this.begun += text;
    const begun = this.begun.trimStart();
    if (begun.length < this.trigger.length && this.trigger.startsWith(begun)) return [];
    return this.choose();
  }

  end(): readonly AnswerPart[] {
    const parts = this.chosen ? [] : this.choose();
    return [...parts, ...(this.chosen?.end() ?? [])];
  }

  private choose(): readonly AnswerPart[] {
    const isCall = this.begun.trimStart().startsWith(this.trigger);
    this.chosen = isCall ? this.calls : new ContentReader();
    return this.chosen.push(this.begun);
  }
}

/** The whole answer is the arguments of one call. */
export class NamedReader extends PlainReader implements AnswerReader {
  private readonly name: string;
  private readonly callId: () => string;
  private isNamed = false;

  constructor(name: string, callId: () => string) {
    super();
    this.name = name;
    this.callId = callId;
  }

  push(text: string): readonly AnswerPart[] {
    if (text === "") return [];
    const written = { type: "arguments", index: 0, text } as const;
    if (this.isNamed) return [written];
    this.isNamed = true;
    return [{ type: "call", index: 0, id: this.callId(), name: this.name }, written];
  }

  end(): readonly AnswerPart[] {
    return [];
  }
}

/** The answer is a list of calls, told once it is whole: a list that was cut short is no calls. */
export class CallsReader extends PlainReader implements AnswerReader {
  private readonly callId: () => string;
  private written = "";

  constructor(callId: () => string) {
    super();
    this.callId = callId;
  }

  push(text: string): readonly AnswerPart[] {
    this.written += text;
    return [];
  }

  end(): readonly AnswerPart[] {
    const calls = parsedCalls(this.written);
    if (!calls) return this.written === "" ? [] : [{ type: "content", text: this.written }];
    return calls.flatMap(({ name, parameters }, index): AnswerPart[] => [
      { type: "call", index, id: this.callId(), name },
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
