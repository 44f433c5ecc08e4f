/** Who may come in: requests are counted when they arrive, before anything is done for them. */
import { ApiError } from "./api-error.ts";
import type { Caller } from "./api-keys.ts";
import { retryMax, retryMin } from "./backlog.ts";

export type Refusal = "concurrency" | "rate" | "requests" | "draining";

/** What one caller has used of its limits: a request counts as often as answers are made for it. */
interface Usage {
  open: number;
  /** Answers that it may have at once; grows with time up to those of a minute. */
  credit: number;
  countedAt: number;
}

/** One request that came in. */
export interface Entry {
  /** So many answers are made for it, of which the first was counted when it came. Throws an ApiError. */
  countAnswers(answers: number): void;
  /**
   * It may do so many things at once, one at least: as many of those that it would do as its caller's limit
   * has left. They count until it is over, and against the pace not at all.
   */
  takePlaces(wanted: number): number;
  /** It is over. */
  leave(): void;
}

export interface AdmissionLimits {
  readonly requests: number;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** When who is sent away because of others may come back. */
  readonly retrySeconds: () => number;
  /** Throws an ApiError where the engine is asked for and the wait for it would be too long. */
  readonly checkWait: (caller: Caller) => void;
  /** Told of every request that is refused. */
  readonly refused: (reason: Refusal) => void;
}

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

  /** Counts a request, as one answer until more are known; one of text alone does not need the engine. */
  enter(caller: Caller, isOfText = false): Entry {
    if (this.isClosed) {
      this.limits.refused("draining");
      throw new ApiError("draining", "the server is being stopped; ask again", { retrySeconds: retryMin });
    }
    const usage = this.usageOf(caller);
    this.checkCaller(caller, usage, 1);
    if (this.openRequests >= this.limits.requests) {
      this.limits.refused("requests");
      const message = `${this.openRequests} requests are open, and more are not taken`;
      throw new ApiError("queue_full", message, { retrySeconds: this.limits.retrySeconds() });
    }
    if (!isOfText) this.limits.checkWait(caller);
    usage.credit -= 1;
    usage.open += 1;
    this.openRequests += 1;
    return this.entryOf(caller, usage);
  }

  /** How long its own open requests will take at the pace of the last ones. */
  private ownSeconds(): number {
    return Math.ceil(Math.min(retryMax, Math.max(retryMin, this.usualSeconds)));
  }

  private entryOf(caller: Caller, usage: Usage): Entry {
    const enteredAt = this.limits.now();
    let counted = 1;
    let isOver = false;
    const countAnswers = (answers: number) => {
      const more = answers - counted;
      if (isOver || more <= 0) return;
      checkPossible(caller, answers);
      this.checkCaller(caller, this.usageOf(caller), more);
      usage.credit -= more;
      usage.open += more;
      counted = answers;
    };
    const takePlaces = (wanted: number) => {
      const left = caller.limits ? caller.limits.concurrency - usage.open : wanted;
      const more = isOver ? 0 : Math.max(0, Math.min(wanted - counted, left));
      usage.open += more;
      counted += more;
      return Math.min(wanted, counted);
    };
    const leave = () => {
      if (isOver) return;
      isOver = true;
      usage.open -= counted;
      this.openRequests -= 1;
      const seconds = (this.limits.now() - enteredAt) / 1000;
      this.usualSeconds += (seconds - this.usualSeconds) * newestShare;
    };
    return { countAnswers, takePlaces, leave };
  }

  private checkCaller({ tenant, limits }: Caller, usage: Usage, more: number): void {
    if (!limits) return;
    const { concurrency, requestsPerMinute } = limits;
    if (usage.open + more > concurrency) {
      this.limits.refused("concurrency");
      const message = `"${tenant}" has ${usage.open} requests open, and its limit is ${concurrency}`;
      throw new ApiError("concurrency_limit_exceeded", message, { retrySeconds: this.ownSeconds() });
    }
    if (usage.credit < more) {
      this.limits.refused("rate");
      const seconds = Math.ceil(((more - usage.credit) * 60) / requestsPerMinute);
      const message = `"${tenant}" may send ${requestsPerMinute} requests in a minute`;
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

/** What no waiting makes possible is not told as a matter of time. */
function checkPossible({ tenant, limits }: Caller, answers: number): void {
  const most = Math.min(limits?.concurrency ?? answers, limits?.requestsPerMinute ?? answers);
  if (answers <= most) return;
  const message = `${answers} answers to one request, where "${tenant}" may have ${most} at once`;
  throw new ApiError("invalid_value", message);
}
