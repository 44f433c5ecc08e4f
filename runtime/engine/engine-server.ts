/** Serves an engine to another process: takes its messages, and answers once for each turn. */
import type { FinishReason, Generation, GenerationRequest } from "./contract.ts";
import { LocalEngine, type LocalEngineOptions } from "./local-engine.ts";
import type { AnswerMessage, FromEngine, ToEngine } from "./messages.ts";

export class EngineServer {
  private readonly engine: LocalEngine;
  private readonly send: (message: FromEngine) => void;
  private readonly generations = new Map<number, Generation>();
  private readonly outbox = new Map<number, AnswerMessage>();

  constructor(options: LocalEngineOptions, send: (message: FromEngine) => void) {
    this.send = send;
    this.engine = new LocalEngine({
      ...options,
      afterTurn: () => this.flush(),
      onLost: (error) => {
        send({ type: "lost", message: error instanceof Error ? error.message : String(error) });
        options.onLost?.(error);
      },
    });
  }

  /** Computes one token for real, and then says that it is ready. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const end = ({ reason }: { reason: string }) =>
        reason === "length" ? resolve() : reject(new Error(`the first forward pass failed: ${reason}`));
      const { admission } = this.engine.submit(firstRequest, { tokens: () => undefined, end });
      if (admission !== "waiting") reject(new Error(`the first forward pass was not taken: ${admission}`));
    });
    this.send({ type: "ready", facts: this.engine.facts });
  }

  async take(message: ToEngine): Promise<void> {
    if (message.type === "submit") this.submit(message.id, message.request);
    else if (message.type === "close") await this.engine.close();
    else {
      const generation = this.generations.get(message.id);
      if (message.type === "abort") generation?.abort();
      else generation?.hold(message.isHeld);
    }
  }

  private submit(id: number, request: GenerationRequest): void {
    try {
      const { generation } = this.engine.submit(request, {
        tokens: (tokens) => this.messageOf(id).tokens.push(...tokens),
        end: (end) => {
          this.messageOf(id).end = end;
          this.generations.delete(id);
        },
      });
      if (generation) this.generations.set(id, generation);
      // Whoever asks counts as the engine does, so this is rare: the engine was lost meanwhile.
      else this.refuse(id, request, "device-lost");
    } catch {
      this.refuse(id, request, "grammar-refused");
    }
  }

  private refuse(id: number, { prompt }: GenerationRequest, reason: FinishReason): void {
    const counts = { cachedTokens: 0, promptTokens: prompt.length, answerTokens: 0 };
    this.messageOf(id).end = { reason, ...counts };
    this.flush();
  }

  private messageOf(id: number): AnswerMessage {
    let message = this.outbox.get(id);
    if (!message) {
      message = { id, tokens: [] };
      this.outbox.set(id, message);
    }
    return message;
  }

  private flush(): void {
    if (this.outbox.size === 0) return;
    this.send({ type: "turn", stats: this.engine.stats(), answers: [...this.outbox.values()] });
    this.outbox.clear();
  }
}

const firstRequest: GenerationRequest = {
  prompt: Int32Array.of(0),
  answerTokens: 1,
  stopTokens: [],
  tenant: "",
  sampling: {
    temperature: 0,
    topK: 0,
    topP: 1,
    minP: 0,
    seed: 0n,
    repetitionPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    logitBias: new Map(),
    logprobs: -1,
  },
};
