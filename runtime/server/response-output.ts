/** The items of a response while they are made, and the events that tell of them. */
import { newId } from "./exchange.ts";
import type { AnswerPart } from "./text.ts";

type Status = "in_progress" | "completed" | "incomplete";

interface TextPart {
  readonly type: "output_text";
  text: string;
  readonly annotations: readonly never[];
  readonly logprobs: readonly never[];
}

interface MessageItem {
  readonly type: "message";
  readonly id: string;
  readonly role: "assistant";
  status: Status;
  readonly content: TextPart[];
}

interface ReasoningItem {
  readonly type: "reasoning";
  readonly id: string;
  readonly summary: readonly never[];
  status: Status;
  readonly content: { readonly type: "reasoning_text"; text: string }[];
}

interface CallItem {
  readonly type: "function_call";
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  arguments: string;
  status: Status;
}

export type Emit = (type: string, fields: object) => void;

type Item = MessageItem | ReasoningItem | CallItem;

/** Items of text, and how their events are called. */
const events = { message: "output_text", reasoning: "reasoning_text" } as const;

export class ResponseOutput {
  readonly items: Item[] = [];
  private readonly emit: Emit;

  constructor(emit: Emit) {
    this.emit = emit;
  }

  take(parts: readonly AnswerPart[]): void {
    for (const part of parts) {
      if (part.type === "content") this.say(part.text);
      else if (part.type === "thought") this.think(part.text);
      else if (part.type === "call") this.call(part.id, part.name);
      else this.argue(part.text);
    }
  }

  /** Nothing follows; what was cut short says so. An answer of nothing is a message without text. */
  end(finish: "stop" | "length"): void {
    if (this.items.length === 0) this.say("");
    this.close(finish === "stop" ? "completed" : "incomplete");
  }

  private get last(): Item | undefined {
    const item = this.items.at(-1);
    return item?.status === "in_progress" ? item : undefined;
  }

  private place(item: Item) {
    return { item_id: item.id, output_index: this.items.indexOf(item) };
  }

  private open(item: Item): void {
    this.close("completed");
    this.items.push(item);
    const told = item.type === "function_call" ? item : { ...item, content: [] };
    this.emit("response.output_item.added", { output_index: this.items.length - 1, item: told });
  }

  private say(text: string): void {
    let item = this.last;
    if (item?.type !== "message") {
      const part: TextPart = { type: "output_text", text: "", annotations: [], logprobs: [] };
      const [id, status] = [newId("msg_"), "in_progress"] as const;
      item = { type: "message", id, role: "assistant", status, content: [part] };
      this.open(item);
      this.emit("response.content_part.added", { ...this.place(item), content_index: 0, part });
    }
    this.write(item, text, { logprobs: [] });
  }

  private think(text: string): void {
    let item = this.last;
    if (item?.type !== "reasoning") {
      const part = { type: "reasoning_text", text: "" } as const;
      item = { type: "reasoning", id: newId("rs_"), summary: [], status: "in_progress", content: [part] };
      this.open(item);
      this.emit("response.content_part.added", { ...this.place(item), content_index: 0, part });
    }
    this.write(item, text, {});
  }

  private write(item: MessageItem | ReasoningItem, text: string, more: object): void {
    const [part] = item.content;
    if (!part || text === "") return;
    part.text += text;
    const delta = { ...this.place(item), content_index: 0, delta: text, ...more };
    this.emit(`response.${events[item.type]}.delta`, delta);
  }

  private call(call_id: string, name: string): void {
    this.open({
      type: "function_call",
      id: newId("fc_"),
      call_id,
      name,
      arguments: "",
      status: "in_progress",
    });
  }

  private argue(text: string): void {
    const item = this.last;
    if (item?.type !== "function_call") return;
    item.arguments += text;
    this.emit("response.function_call_arguments.delta", { ...this.place(item), delta: text });
  }

  private close(status: Status): void {
    const item = this.last;
    if (!item) return;
    item.status = status;
    const place = this.place(item);
    if (item.type === "function_call") {
      const { name, arguments: written } = item;
      this.emit("response.function_call_arguments.done", { ...place, name, arguments: written });
    } else {
      const [part] = item.content;
      const logprobs = item.type === "message" ? { logprobs: [] } : {};
      const told = { ...place, content_index: 0, text: part?.text ?? "", ...logprobs };
      this.emit(`response.${events[item.type]}.done`, told);
      this.emit("response.content_part.done", { ...place, content_index: 0, part });
    }
    this.emit("response.output_item.done", { output_index: place.output_index, item });
  }
}
