/** How long one answer waits, how long its prompt is computed, and how long it takes itself. */
import type { Metrics } from "./metrics.ts";

export class Phases {
  private readonly metrics: Pick<Metrics, "phase" | "perToken">;
  /** When the phase began that it is in, and when it was taken up. */
  private last: number | undefined;
  private begunAt: number | undefined;
  private hasToken = false;

  constructor(metrics: Pick<Metrics, "phase" | "perToken">) {
    this.metrics = metrics;
  }

  /** Milliseconds of one clock, here and below: it began to wait, and the engine took it up. */
  takenUp(since: number, at: number): void {
    this.metrics.phase("queue", (at - since) / 1000);
    this.last = at;
    this.begunAt = at;
  }

  firstToken(at: number): void {
    this.hasToken = true;
    this.phase("prefill", at);
  }

  /** Of an answer without any token, as embeddings are, its prompt was all that was computed. */
  ended(at: number, tokens = 0): void {
    // The first token is of the prompt's time; where there is no other vLLM tells 0 as well.
    if (this.hasToken && this.last !== undefined) {
      this.metrics.perToken(tokens > 1 ? (at - this.last) / 1000 / (tokens - 1) : 0);
    }
    this.phase(this.hasToken ? "decode" : "prefill", at);
    if (this.begunAt !== undefined) this.metrics.phase("inference", (at - this.begunAt) / 1000);
  }

  private phase(name: "prefill" | "decode", at: number): void {
    if (this.last !== undefined) this.metrics.phase(name, (at - this.last) / 1000);
    this.last = at;
  }
}
