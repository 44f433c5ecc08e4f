/** How long a reader may take nothing of an answer that waits for it. */
import type { ServerResponse } from "node:http";

/**
 * Begins anew whenever bytes leave: the timers of Node's sockets look at how much of a write under way is
 * still to be sent. Its end is one to two times `idleSeconds` after the last byte that left, or that the
 * client sent meanwhile.
 */
export class Patience {
  private readonly response: ServerResponse;
  private readonly idleMilliseconds: number;
  private isRunning = false;

  constructor(response: ServerResponse, idleSeconds: number, onEnd: () => void) {
    this.response = response;
    this.idleMilliseconds = idleSeconds * 1000;
    response.on("timeout", () => this.isRunning && onEnd());
    // Before Node sets on the same timer for how long a connection without requests is kept.
    response.prependListener("finish", () => this.stop());
  }

  /** An answer behind others on its connection has its turn first. */
  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.response.setTimeout(this.idleMilliseconds);
  }

  stop(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.response.setTimeout(0);
  }
}
