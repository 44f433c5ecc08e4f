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

interface CallItem {
  readonly type: "function_call";
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  arguments: string;
  status: Status;
}

export type Emit = (type: string, fields: object) => void;

export class ResponseOutput {
  readonly items: (MessageItem | CallItem)[] = [];
  private readonly emit: Emit;

  constructor(emit: Emit) {
    this.emit = emit;
  }

  take(parts: readonly AnswerPart[]): void {
    for (const part of parts) {
      if (part.type === "content") this.say(part.text);
      else if (part.type === "call") this.call(part.name);
      else this.argue(part.text);
    }
  }

  /** Nothing follows; what was cut short says so. An answer of nothing is a message without text. */
  end(finish: "stop" | "length"): void {
    if (this.items.length === 0) this.say("");
    this.close(finish === "stop" ? "completed" : "incomplete");
  }

  private get last(): MessageItem | CallItem | undefined {
    const item = this.items.at(-1);
    return item?.status === "in_progress" ? item : undefined;
  }

  private place(item: MessageItem | CallItem) {
    return { item_id: item.id, output_index: this.items.indexOf(item) };
  }

  private open(item: MessageItem | CallItem): void {
    this.close("completed");
    this.items.push(item);
    const told = item.type === "message" ? { ...item, content: [] } : item;
    this.emit("response.output_item.added", { output_index: this.items.length - 1, item: told });
  }

  private say(text: string): void {
    let item = this.last;
    if (item?.type !== "message") {
      const part: TextPart = { type: "output_text", text: "", annotations: [], logprobs: [] };
      item = {
        type: "message",
        id: newId("msg_"),
        role: "assistant",
        status: "in_progress",
        content: [part],
      };
      this.open(item);
      this.emit("response.content_part.added", { ...this.place(item), content_index: 0, part });
    }
    const [part] = item.content;
    if (!part || text === "") return;
    part.text += text;
    const delta = { ...this.place(item), content_index: 0, delta: text, logprobs: [] };
    this.emit("response.output_text.delta", delta);
  }

  private call(name: string): void {
    const [id, call_id] = [newId("fc_"), newId("call_")];
    this.open({ type: "function_call", id, call_id, name, arguments: "", status: "in_progress" });
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
      const told = { ...place, content_index: 0, text: part?.text ?? "", logprobs: [] };
      this.emit("response.output_text.done", told);
      this.emit("response.content_part.done", { ...place, content_index: 0, part });
    }
    this.emit("response.output_item.done", { output_index: place.output_index, item });
  }
}
