/** How long one answer waits, how long its prompt is computed, and how long it takes itself. */
import type { Metrics } from "./metrics.ts";

export class Phases {
  private readonly metrics: Pick<Metrics, "phase">;
  /** When the phase began that it is in. */
  private last: number | undefined;
  private hasToken = false;

  constructor(metrics: Pick<Metrics, "phase">) {
    this.metrics = metrics;
  }

  /** Milliseconds of one clock, here and below: it began to wait, and the engine took it up. */
  takenUp(since: number, at: number): void {
    this.metrics.phase("queue", (at - since) / 1000);
    this.last = at;
  }

  firstToken(at: number): void {
    this.hasToken = true;
    this.phase("prefill", at);
  }

  /** Of an answer without any token, as embeddings are, its prompt was all that was computed. */
  ended(at: number): void {
    this.phase(this.hasToken ? "decode" : "prefill", at);
  }

  private phase(name: "prefill" | "decode", at: number): void {
    if (this.last !== undefined) this.metrics.phase(name, (at - this.last) / 1000);
    this.last = at;
  }
}
