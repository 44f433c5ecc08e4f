/** Who may come in: requests are counted when they arrive, before anything is done for them. */
import { ApiError } from "./api-error.ts";
import type { Caller } from "./api-keys.ts";

export type Refusal = "concurrency" | "rate" | "requests" | "draining";

/** What one caller has used of its limits. */
interface Usage {
  open: number;
  /** Requests that it may send at once; grows with time up to those of a minute. */
  credit: number;
  countedAt: number;
}

export interface AdmissionLimits {
  readonly requests: number;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Told of every request that is refused. */
  readonly refused: (reason: Refusal) => void;
}

/** Seconds that a client is asked to wait for at least and at most. */
const retryMin = 1;
const retryMax = 60;
/** How much the newest request says about how long the next one takes. */
const newestShare = 0.1;

export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly usages = new Map<string, Usage>();
  private openRequests = 0;
  private isClosed = false;
  /** Seconds, of requests that ended lately. */
  private usualSeconds = 0;

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  get open(): number {
    return this.openRequests;
  }

  /** From now on nobody comes in. */
  close(): void {
    this.isClosed = true;
  }

  /** Counts a request; what it answers is called once, when the request is over. */
  enter(caller: Caller): () => void {
    if (this.isClosed) {
      this.limits.refused("draining");
      throw new ApiError("draining", "the server is being stopped; ask again", { retrySeconds: retryMin });
    }
    const usage = this.usageOf(caller);
    this.checkCaller(caller, usage);
    if (this.openRequests >= this.limits.requests) {
      this.limits.refused("requests");
      const message = `${this.openRequests} requests are open, and more are not taken`;
      throw new ApiError("queue_full", message, { retrySeconds: this.retrySeconds() });
    }
    usage.credit -= 1;
    usage.open += 1;
    this.openRequests += 1;
    return this.leaving(usage);
  }

  /** How long the open requests will take at the pace of the last ones: what a client should wait. */
  retrySeconds(): number {
    return Math.ceil(Math.min(retryMax, Math.max(retryMin, this.usualSeconds)));
  }

  private leaving(usage: Usage): () => void {
    const enteredAt = this.limits.now();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      usage.open -= 1;
      this.openRequests -= 1;
      const seconds = (this.limits.now() - enteredAt) / 1000;
      this.usualSeconds += (seconds - this.usualSeconds) * newestShare;
    };
  }

  private checkCaller({ tenant, limits }: Caller, usage: Usage): void {
    if (!limits) return;
    if (usage.open >= limits.concurrency) {
      this.limits.refused("concurrency");
      const message = `"${tenant}" has ${usage.open} requests open, its limit`;
      throw new ApiError("concurrency_limit_exceeded", message, { retrySeconds: this.retrySeconds() });
    }
    if (usage.credit < 1) {
      this.limits.refused("rate");
      const seconds = Math.ceil(((1 - usage.credit) * 60) / limits.requestsPerMinute);
      const message = `"${tenant}" may send ${limits.requestsPerMinute} requests in a minute`;
      throw new ApiError("rate_limit_exceeded", message, { retrySeconds: seconds });
    }
  }

  private usageOf({ tenant, limits }: Caller): Usage {
    const now = this.limits.now();
    const most = limits?.requestsPerMinute ?? 0;
    const usage = this.usages.get(tenant) ?? { open: 0, credit: most, countedAt: now };
    this.usages.set(tenant, usage);
    usage.credit = Math.min(most, usage.credit + ((now - usage.countedAt) / 60_000) * most);
    usage.countedAt = now;
    return usage;
  }
}
