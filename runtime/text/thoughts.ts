/**
 * What a model thinks before it answers, apart from the answer. Whether it thinks, and between which marks,
 * is read from its chat template: one that takes thoughts out of earlier turns knows their marks.
 */
import type { AnswerPart, AnswerReader } from "../server/text.ts";
import { beginningAtEnd } from "./text-marks.ts";

export interface ThoughtMarks {
  readonly open: string;
  readonly close: string;
}

/** Qwen, DeepSeek and many others; Mistral. */
const knownMarks: readonly ThoughtMarks[] = [
  { open: "<think>", close: "</think>" },
  { open: "[THINK]", close: "[/THINK]" },
];

export function thoughtMarksOf(template: string): ThoughtMarks | undefined {
  return knownMarks.find(({ close }) => template.includes(close));
}

/** A prompt may end within a thought that it has opened, or behind one that it has closed. */
export function thoughtStateOf(promptEnd: string, { open, close }: ThoughtMarks): "open" | "free" | "none" {
  const end = promptEnd.trimEnd();
  if (end.endsWith(open)) return "open";
  return end.endsWith(close) ? "none" : "free";
}

type State = "start" | "thought" | "between" | "answer";

/** Tells thoughts apart, and leaves what follows them to another reader. */
export class ThoughtReader implements AnswerReader {
  readonly marks: readonly string[];
  readonly #open: string;
  readonly #close: string;
  readonly #isOpen: boolean;
  readonly #answer: AnswerReader;
  #state: State = "start";
  #held = "";
  #hasTold = false;
  #read = 0;
  #end: number | undefined;

  /** `isOpen`: the prompt has opened the thought. */
  constructor({ open, close }: ThoughtMarks, isOpen: boolean, answer: AnswerReader) {
    this.#open = open;
    this.#close = close;
    this.#isOpen = isOpen;
    this.#answer = answer;
    this.marks = [open, close, ...answer.marks];
  }

  get isWhole(): boolean {
    return this.#answer.isWhole;
  }

  get thoughtCharacters(): number {
    return this.#end ?? this.#read;
  }

  push(text: string): readonly AnswerPart[] {
    this.#read += text.length;
    if (this.#state === "answer") return this.#answer.push(text);
    this.#held += text;
    return this.#parts(false);
  }

  end(): readonly AnswerPart[] {
    return [...this.#parts(true), ...this.#answer.end()];
  }

  #parts(isEnd: boolean): readonly AnswerPart[] {
    if (this.#state === "start" && !this.#begin(isEnd)) return [];
    const thought = this.#state === "thought" ? this.#think(isEnd) : "";
    if (this.#state === "between") this.#passLines();
    const told: AnswerPart[] = thought === "" ? [] : [{ type: "thought", text: thought }];
    if (this.#state !== "answer") return told;
    const rest = this.#held;
    this.#held = "";
    return [...told, ...this.#answer.push(rest)];
  }

  /** Whether it is known how the answer begins. Models open even thoughts that the prompt has opened. */
  #begin(isEnd: boolean): boolean {
    const text = this.#held.trimStart();
    if (text.startsWith(this.#open)) {
      this.#held = text.slice(this.#open.length);
      this.#state = "thought";
      return true;
    }
    if (this.#open.startsWith(text) && !isEnd) return false;
    this.#state = this.#isOpen ? "thought" : "answer";
    if (!this.#isOpen) this.#end = 0;
    return true;
  }

  /** Lines that are empty at either end of a thought are marks as well. */
  #think(isEnd: boolean): string {
    if (!this.#hasTold) this.#held = this.#held.replace(/^\n+/, "");
    const at = this.#held.indexOf(this.#close);
    if (at < 0) {
      const kept = isEnd ? 0 : beginningAtEnd(this.#held, this.#close);
      const sure = this.#held.slice(0, this.#held.length - kept).replace(/\n+$/, "");
      return this.#taken(sure, isEnd ? this.#held.length : sure.length);
    }
    const behind = at + this.#close.length;
    this.#end = this.#read - this.#held.length + behind;
    this.#state = "between";
    return this.#taken(this.#held.slice(0, at).replace(/\n+$/, ""), behind);
  }

  #taken(text: string, length: number): string {
    this.#held = this.#held.slice(length);
    this.#hasTold ||= text !== "";
    return text;
  }

  #passLines(): void {
    this.#held = this.#held.replace(/^\n+/, "");
    if (this.#held !== "") this.#state = "answer";
  }
}
