/**
 * All that the engine does for one request for embeddings: a few of its inputs at a time, so that one request
 * with many of them does not fill the queue that others wait in.
 */
import type { Engine, Generation, GenerationEnd, GenerationRequest } from "../engine/contract.ts";
import type { ApiError } from "./api-error.ts";
import { failureOf, refusalOf } from "./engine-failure.ts";

export interface EmbeddingWorkOptions {
  readonly engine: Engine;
  /** Each with a pooling. */
  readonly requests: readonly GenerationRequest[];
  /** The most that the engine has at a time. */
  readonly atOnce: number;
  /** Seconds after which a client that was sent away may come back. */
  readonly retrySeconds: () => number;
  /** Told of each that the engine took, by its number. */
  readonly taken: (index: number) => void;
  /** Told of each that the engine began to compute, and how long ago. */
  readonly begun: (index: number, millisecondsAgo: number) => void;
  /** Told of each that is done. */
  readonly ended: (index: number, end: GenerationEnd) => void;
}

export interface Embedded {
  readonly embedding: Float32Array;
  readonly end: GenerationEnd;
}

export class EmbeddingWork {
  /** In the order of the requests; rejects with the first error. */
  readonly done: Promise<readonly Embedded[]>;
  private readonly options: EmbeddingWorkOptions;
  private readonly resolvers = Promise.withResolvers<readonly Embedded[]>();
  private readonly results: Embedded[] = [];
  private readonly running = new Map<number, Generation>();
  private submitted = 0;
  private ended = 0;
  private isOver = false;
  private isHeld = false;

  /** Throws if the engine does not take the first. */
  constructor(options: EmbeddingWorkOptions) {
    this.options = options;
    this.done = this.resolvers.promise;
    // A failure is told to whoever waits; if nobody does yet, it is kept until somebody does.
    this.done.catch(() => undefined);
    const error = this.submitMore();
    if (error) throw error;
  }

  /** Ends every input; does nothing once all ended. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const generation of this.running.values()) generation.abort();
    this.resolvers.reject(error);
  }

  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    if (!this.isOver) for (const generation of this.running.values()) generation.hold(isHeld);
  }

  private submitMore(): ApiError | undefined {
    const { engine, requests, atOnce, retrySeconds, taken, begun } = this.options;
    while (!this.isOver && this.running.size < atOnce) {
      const index = this.submitted;
      const request = requests[index];
      if (!request) return undefined;
      const end = (told: GenerationEnd) => this.take(index, told);
      const tell = (millisecondsAgo: number) => begun(index, millisecondsAgo);
      const sink = { begun: tell, tokens: () => undefined, end };
      const { admission, generation } = engine.submit(request, sink);
      if (generation) {
        this.submitted += 1;
        this.running.set(index, generation);
        taken(index);
        if (this.isHeld) generation.hold(true);
        continue;
      }
      // Its own place is free again when one of those that run ends.
      if (admission === "queue-full" && this.running.size > 0) return undefined;
      const error = refusalOf(admission === "waiting" ? "unavailable" : admission, request, retrySeconds());
      this.fail(error);
      return error;
    }
    return undefined;
  }

  private take(index: number, end: GenerationEnd): void {
    this.running.delete(index);
    if (this.isOver) return;
    const { reason, embedding } = end;
    const { retrySeconds, requests, ended } = this.options;
    if (!embedding) {
      const isWell = reason === "stop" || reason === "length";
      this.fail(failureOf({ reason: isWell ? "device-lost" : reason }, retrySeconds()));
      return;
    }
    this.results[index] = { embedding, end };
    this.ended += 1;
    ended(index, end);
    if (this.ended < requests.length) {
      this.submitMore();
      return;
    }
    this.isOver = true;
    this.resolvers.resolve(this.results);
  }
}
