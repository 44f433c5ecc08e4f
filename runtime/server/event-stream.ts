/** Server-sent events to one reader, of which no more is kept than it may be behind. */
import type { ServerResponse } from "node:http";
import { Patience } from "./patience.ts";

export interface StreamLimits {
  /** Seconds for which a reader may take nothing. */
  readonly idleSeconds: number;
  /** Bytes that may wait for a reader that was told to be slow. */
  readonly backlogBytes: number;
}

export interface StreamListener {
  /** The reader is behind, or is no longer. */
  hold(isHeld: boolean): void;
  /** It took nothing for too long, or is too far behind: the connection is gone. */
  stalled(): void;
}

export class EventStream {
  private readonly response: ServerResponse;
  private readonly limits: StreamLimits;
  private readonly listener: StreamListener;
  private readonly patience: Patience;
  private isHeld = false;

  constructor(response: ServerResponse, limits: StreamLimits, listener: StreamListener) {
    this.response = response;
    this.limits = limits;
    this.listener = listener;
    this.patience = new Patience(response, limits.idleSeconds, () => this.stall());
    response.on("drain", () => this.caughtUp());
  }

  /** One event; `event` is its name where the protocol has names. */
  send(data: string, event?: string): void {
    const name = event === undefined ? "" : `event: ${event}\n`;
    this.write(`${name}data: ${data}\n\n`);
  }

  /** No event follows; what waits is still sent. */
  end(): void {
    if (this.response.destroyed) return;
    // A reader that never takes the rest would otherwise keep it for ever.
    this.patience.start();
    this.response.end();
  }

  private write(frame: string): void {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    // One frame may be larger than all that may wait: it counts only once another follows.
    if (response.writableLength > this.limits.backlogBytes) {
      this.stall();
      return;
    }
    if (response.write(frame)) return;
    if (this.isHeld) return;
    this.isHeld = true;
    this.patience.start();
    this.listener.hold(true);
  }

  private caughtUp(): void {
    if (!this.isHeld) return;
    this.patience.stop();
    this.isHeld = false;
    this.listener.hold(false);
  }

  private stall(): void {
    this.patience.stop();
    this.listener.stalled();
    this.response.destroy();
  }
}
