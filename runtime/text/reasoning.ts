/**
 * Parts what a model thinks from what it says. The thought comes first, between two tags; the ends of lines
 * beside the tags belong to them.
 */
import { beginningAtEnd } from "./text-marks.ts";

export interface ReasonedText {
  readonly reasoning: string;
  readonly content: string;
}

const open = "<think>";
const close = "</think>";

/** Whether a template has models think so. */
export function marksThoughts(template: string): boolean {
  return template.includes(close);
}

/** Some templates begin the thought themselves. */
export function endsInThought(prompt: string): boolean {
  return prompt.trimEnd().endsWith(open);
}

export class ReasoningParser {
  #state: "start" | "thought" | "between" | "content";
  /** Of a thought: nothing has been told of it, so that ends of lines are the tag's. */
  #isFresh = true;
  #held = "";

  constructor({ startsInThought = false }: { readonly startsInThought?: boolean } = {}) {
    this.#state = startsInThought ? "thought" : "start";
  }

  push(text: string): ReasonedText {
    this.#held += text;
    if (this.#state === "start") this.#begin();
    const reasoning = this.#state === "thought" ? this.#think() : "";
    if (this.#state === "between") this.#held = this.#held.replace(/^\n+/, "");
    if (this.#state === "between" && this.#held !== "") this.#state = "content";
    const content = this.#state === "content" ? this.#take(this.#held.length) : "";
    return { reasoning, content };
  }

  /** What could have been a tag is none. */
  end(): ReasonedText {
    const held = this.#take(this.#held.length);
    return this.#state === "thought" ? { reasoning: held, content: "" } : { reasoning: "", content: held };
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }

  #begin(): void {
    const text = this.#held.trimStart();
    if (text.startsWith(open)) {
      this.#held = text.slice(open.length);
      this.#state = "thought";
    } else if (!open.startsWith(text)) this.#state = "content";
  }

  #think(): string {
    if (this.#isFresh) this.#held = this.#held.replace(/^\n+/, "");
    const at = this.#held.indexOf(close);
    const told = at >= 0 ? at : this.#held.length - beginningAtEnd(this.#held, close);
    // Ends of lines wait: the tag may follow them.
    const thought = this.#held.slice(0, told).replace(/\n+$/, "");
    if (at >= 0) {
      this.#held = this.#held.slice(at + close.length);
      this.#state = "between";
    } else this.#held = this.#held.slice(thought.length);
    if (thought !== "") this.#isFresh = false;
    return thought;
  }
}
