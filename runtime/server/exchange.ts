/** One request and its answer, from the first byte to the last. */
import { randomBytes } from "node:crypto";
import type { Entry } from "./admission.ts";
import type { ApiError } from "./api-error.ts";
import type { Caller } from "./api-keys.ts";
import type { Said, SaidText } from "./said-text.ts";

/** What is told of an exchange once it is over. */
export interface ExchangeFigures {
  /** By which it asked for the model or one of its adapters; absent where it named none that is known. */
  model?: string;
  promptTokens: number;
  cachedTokens: number;
  answerTokens: number;
  /** From its arrival; absent where no token came. */
  firstTokenSeconds?: number;
  /** Of every choice that ended. */
  finishes: string[];
  /** What was asked and answered, where the server was told to keep it. */
  readonly said?: readonly Said[];
}

/** What the engine does for an exchange. */
interface Interruptible {
  fail(error: ApiError): void;
  hold(isHeld: boolean): void;
}

export type ExchangeOptions = Pick<Exchange, "id" | "caller" | "arrivedAt" | "entry" | "said">;

export class Exchange {
  readonly id: string;
  readonly caller: Caller;
  /** Milliseconds. */
  readonly arrivedAt: number;
  readonly figures = noFigures();
  /** Milliseconds: when its work began, the engine took the first of it up, and its first token came. */
  startedAt: number | undefined;
  takenUpAt: number | undefined;
  firstTokenAt: number | undefined;
  /** What its answer says went wrong. */
  error: string | undefined;
  /** What it counts against its caller's limits. */
  readonly entry: Pick<Entry, "countAnswers" | "takePlaces">;
  /** Undefined: nothing of it is kept. */
  readonly said: SaidText | undefined;
  private readonly interrupted = new AbortController();
  private work: Interruptible | undefined;
  private interruption: ApiError | undefined;

  constructor({ id, caller, arrivedAt, entry, said }: ExchangeOptions) {
    this.id = id;
    this.caller = caller;
    this.arrivedAt = arrivedAt;
    this.entry = entry;
    this.said = said;
  }

  /** Why it was ended early, if it was. */
  get failure(): ApiError | undefined {
    return this.interruption;
  }

  /** Aborted, with why, once nobody wants any of it. */
  get signal(): AbortSignal {
    return this.interrupted.signal;
  }

  /** Begins the work, unless nobody wants it any more. */
  begin<Work extends Interruptible>(start: () => Work): Work {
    if (this.interruption) throw this.interruption;
    const work = start();
    this.work = work;
    return work;
  }

  hold(isHeld: boolean): void {
    this.work?.hold(isHeld);
  }

  /** Its client left, its time is up, or the server closes: whatever the engine does for it ends. */
  interrupt(error: ApiError): void {
    this.interruption ??= error;
    this.interrupted.abort(this.interruption);
    this.work?.fail(error);
  }
}

/** One line of the log: what was asked and answered is in it only where the settings say so. */
export interface LogEntry extends ExchangeFigures {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** 499: the client left first. */
  readonly status: number;
  readonly tenant: string;
  readonly seconds: number;
  /** The code of the error that ended it, or the stack of one that nobody foresaw. */
  readonly error?: string;
}

export function noFigures(): ExchangeFigures {
  return { promptTokens: 0, cachedTokens: 0, answerTokens: 0, finishes: [] };
}

/** What the client calls its request, if that is fit for a log. */
export function requestId(told: string | string[] | undefined): string {
  return typeof told === "string" && /^[\w.:-]{1,128}$/.test(told) ? told : newId("req_");
}

/** A name that nothing else has. */
export function newId(prefix: string): string {
  return `${prefix}${randomBytes(12).toString("hex")}`;
}
