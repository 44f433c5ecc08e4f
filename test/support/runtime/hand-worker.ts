/** A thread of grammars that says what a test lets it say, and when. */
import { EventEmitter } from "node:events";
import type { FromGrammarThread, ToGrammarThread } from "../../../runtime/text/grammar-messages.ts";

export class HandWorker extends EventEmitter {
  /** All that were begun, in their order. */
  static readonly begun: HandWorker[] = [];
  readonly asked: ToGrammarThread[] = [];
  isEnded = false;

  constructor() {
    super();
    HandWorker.begun.push(this);
  }

  static get latest(): HandWorker {
    const latest = HandWorker.begun.at(-1);
    if (!latest) throw new Error("no thread was begun");
    return latest;
  }

  /** What it is to compile, in its order. */
  get compiles(): Extract<ToGrammarThread, { type: "compile" }>[] {
    return this.asked.filter((message) => message.type === "compile");
  }

  say(message: FromGrammarThread): void {
    this.emit("message", message);
  }

  /** What it was asked for last is compiled. */
  compile(): void {
    this.say({ type: "compiled", id: this.compiles.at(-1)?.id ?? -1 });
  }

  postMessage(message: ToGrammarThread): void {
    this.asked.push(message);
  }

  async terminate(): Promise<number> {
    this.isEnded = true;
    return 1;
  }

  unref(): void {}
}
