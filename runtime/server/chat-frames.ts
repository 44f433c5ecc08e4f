/** Events of a chat that is streamed: only what changes from one to the next is written anew. */
import type { ChatLogprobs } from "./logprobs.ts";
import type { Usage } from "./usage.ts";

export interface ChatHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export interface FrameEnd {
  readonly logprobs?: ChatLogprobs;
  readonly finish?: string;
}

export class ChatFrames {
  private readonly head: string;
  private readonly tail: string;

  /** With usage, every event says that it is not told yet, as OpenAI's do. */
  constructor({ id, created, model }: ChatHead, isUsageWanted: boolean) {
    const head = JSON.stringify({ id, object: "chat.completion.chunk", created, model });
    this.head = `${head.slice(0, -1)},"choices":[`;
    this.tail = isUsageWanted ? '],"usage":null}' : "]}";
  }

  /** A piece of the content: by far the most frequent event. */
  content(choice: number, text: string, end: FrameEnd = {}): string {
    return this.frame(choice, `{"content":${JSON.stringify(text)}}`, end);
  }

  delta(choice: number, delta: object, end: FrameEnd = {}): string {
    return this.frame(choice, JSON.stringify(delta), end);
  }

  /** The last event, which has no choice. */
  usage(usage: Usage): string {
    return `${this.head}],"usage":${JSON.stringify(usage)}}`;
  }

  private frame(choice: number, delta: string, { logprobs, finish }: FrameEnd): string {
    const likely = logprobs ? JSON.stringify(logprobs) : "null";
    const reason = finish === undefined ? "null" : JSON.stringify(finish);
    const rest = `"logprobs":${likely},"finish_reason":${reason}}`;
    return `${this.head}{"index":${choice},"delta":${delta},${rest}${this.tail}`;
  }
}
