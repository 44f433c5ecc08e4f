/**
 * Grammars on a thread of their own, which compiles them and follows the answers that are held to them: what
 * is compiled cannot be handed to another thread. There is one, so that a vocabulary stands in memory once:
 * while a grammar is compiled, answers with other grammars wait, and nobody else does. A grammar that takes
 * too long is refused, and ends the thread; the next one compiles what other answers need, and is told what
 * came of them.
 */
import { Worker } from "node:worker_threads";
import type { GrammarSource } from "../engine/contract.ts";
import type { FromGrammarThread, GrammarThreadData, ToGrammarThread } from "./grammar-messages.ts";
import { CrowdedError, type GrammarJob, GrammarQueue } from "./grammar-queue.ts";
import { GrammarError } from "./grammar-schema.ts";
import { GrammarVerdicts } from "./grammar-verdicts.ts";
import { HeldTime } from "./held-time.ts";
import { SharedMask } from "./shared-mask.ts";
import { type MatcherThread, SharedMatcher } from "./shared-matcher.ts";

const unwanted = "nobody waits for it any more";

export interface GrammarThreadOptions extends Omit<GrammarThreadData, "bell"> {
  /** A grammar that takes longer to compile is refused. */
  readonly seconds: number;
  /** Grammars that wait to be compiled; of more, the newest of the tenant who has most is crowded out. */
  readonly waiting: number;
  /** Called once where a thread does not even start, or none lasts: grammars are compiled no more. */
  readonly onLost: (error: Error) => void;
}

interface MatcherAsker {
  /** Whose it is. Default: nobody's. */
  readonly tenant?: string;
  /** Aborted once nobody wants it any more. */
  readonly signal?: AbortSignal;
}

interface Compiling {
  readonly job: GrammarJob;
  readonly mask: SharedMask;
  /** Those that the thread was told with it. */
  readonly tokens: number;
}

/** How long a thread may take to read its vocabulary. */
const startSeconds = 120;

/** Threads that end by themselves, each so soon after the last, until their answers are given up, or all. */
const [lossSeconds, lossesOfAnswers, lossesMost] = [60, 3, 6];

/** What was compiled once may take so many times as long after a loss, and is tried so often. */
const [againTimes, againTries] = [3, 2];

export class GrammarThread implements MatcherThread {
  readonly stopTokens: ReadonlySet<number>;
  readonly #options: GrammarThreadOptions;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  readonly #queue: GrammarQueue;
  /** Those of answers under way, and the one that is compiled. */
  readonly #followed = new Map<SharedMatcher, GrammarJob>();
  readonly #verdicts = new GrammarVerdicts();
  #worker: Worker;
  #isStarted = false;
  #current: Compiling | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #held = new HeldTime();
  #rest: NodeJS.Timeout | undefined;
  #lost: Error | undefined;
  /** Threads that ended by themselves of late, and when the last one did. */
  #losses = 0;
  #lossAt = Number.NEGATIVE_INFINITY;
  #lastId = 0;
  #onStart: () => void = () => undefined;

  private constructor(options: GrammarThreadOptions) {
    this.#options = options;
    this.#queue = new GrammarQueue(options.waiting);
    this.stopTokens = new Set(options.stopTokens);
    this.#worker = this.#start();
  }

  /** Resolves once a grammar can be compiled. */
  static start(options: Omit<GrammarThreadOptions, "onLost"> & Partial<GrammarThreadOptions>) {
    return new Promise<GrammarThread>((resolve, reject) => {
      const { onLost } = options;
      let isStarted = false;
      const lost = (error: Error) => (isStarted ? onLost?.(error) : reject(error));
      const thread = new GrammarThread({ ...options, onLost: lost });
      thread.#onStart = () => {
        isStarted = true;
        resolve(thread);
      };
    });
  }

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /**
   * Follows one answer from its beginning. Rejects with a GrammarError that tells what cannot be held to, and
   * with a CrowdedError where too many wait. Tenants have a turn one after the other.
   */
  matcher(source: GrammarSource, { tenant = "", signal }: MatcherAsker = {}): Promise<SharedMatcher> {
    const { seconds } = this.#options;
    const key = GrammarVerdicts.keyOf(source);
    if (this.#verdicts.isHeavy(key)) return Promise.reject(late(seconds));
    if (this.#lost) return Promise.reject(this.#lost);
    if (signal?.aborted) return Promise.reject(new Error(unwanted));
    return new Promise((resolve, reject) => {
      const matcher = new SharedMatcher(this);
      this.#lastId += 1;
      const leave = () => this.#refuse(job, new Error(unwanted));
      const done = (error?: Error) => {
        signal?.removeEventListener("abort", leave);
        if (error) reject(error);
        else resolve(matcher);
      };
      const asked = { id: this.#lastId, source, key, tenant, matcher, done };
      const job: GrammarJob = { ...asked, lateTimes: 0, isAgain: false };
      signal?.addEventListener("abort", leave);
      this.#queue.add(job)?.done(new CrowdedError());
      this.#next();
    });
  }

  ring(): void {
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  drop(matcher: SharedMatcher): void {
    const followed = this.#followed.get(matcher);
    if (!followed) return;
    this.#followed.delete(matcher);
    if (!this.#queue.remove(followed)) this.#tell({ type: "drop", id: followed.id });
  }

  async close(): Promise<void> {
    this.#lost ??= new Error("the thread of grammars was closed");
    clearTimeout(this.#timer);
    clearTimeout(this.#rest);
    await this.#worker.terminate();
  }

  #start(): Worker {
    const { directory, stopTokens, vocabularySize } = this.#options;
    const data: GrammarThreadData = { directory, stopTokens, vocabularySize, bell: this.#bell.buffer };
    const worker = new Worker(new URL("./grammar-main.ts", import.meta.url), { workerData: data });
    worker.on("message", (message: FromGrammarThread) => this.#hear(worker, message));
    worker.on("error", (error) => this.#end(worker, error as Error));
    const silent = new Error(`it was not ready after ${startSeconds} s`);
    this.#timer = setTimeout(() => this.#end(worker, silent), startSeconds * 1000);
    worker.on("exit", (code) => this.#end(worker, new Error(`it ended with code ${code}`)));
    return worker;
  }

  #hear(worker: Worker, message: FromGrammarThread): void {
    if (worker !== this.#worker) return;
    if (message.type === "ready") {
      this.#isStarted = true;
      clearTimeout(this.#timer);
      // Whoever waits for a grammar keeps the process; the thread alone does not.
      worker.unref();
      this.#onStart();
    } else if (this.#current) this.#take(this.#current, message);
    this.#next();
  }

  #take({ job, mask, tokens }: Compiling, message: FromGrammarThread): void {
    clearTimeout(this.#timer);
    this.#current = undefined;
    this.#held.end();
    if (message.type === "refused") {
      this.#followed.delete(job.matcher);
      const problem = message.isOfGrammar ? new GrammarError(message.message) : new Error(message.message);
      job.done(problem);
      return;
    }
    this.#verdicts.setCompiled(job.key);
    job.lateTimes = 0;
    job.matcher.follow(mask, tokens);
    job.done();
  }

  /** One at a time, so that it is known which one takes long. */
  #next(): void {
    if (!this.#isStarted || this.#current || this.#isResting()) return;
    const job = this.#queue.take();
    if (!job) return;
    if (this.#followed.size > 0) this.#held.begin();
    const { vocabularySize } = this.#options;
    const seconds = this.#options.seconds * (job.isAgain ? againTimes : 1);
    const mask = SharedMask.create(vocabularySize);
    const { id, source, matcher } = job;
    const tokens = [...matcher.tokens];
    this.#current = { job, mask, tokens: tokens.length };
    this.#followed.set(matcher, job);
    const worker = this.#worker;
    this.#timer = setTimeout(() => this.#endLate(worker, job, seconds), seconds * 1000);
    this.#tell({ type: "compile", id, source, tokens, memory: mask.memory });
  }

  /** Answers under way have masks for as long as they had none, before another grammar takes them away. */
  #isResting(): boolean {
    if (!this.#queue.isNextNew) return false;
    if (this.#followed.size === 0) this.#held.clear();
    const milliseconds = this.#held.owedMilliseconds;
    if (milliseconds === 0) return false;
    this.#rest ??= setTimeout(() => {
      this.#rest = undefined;
      this.#next();
    }, milliseconds);
    return true;
  }

  #tell(message: ToGrammarThread): void {
    this.#worker.postMessage(message);
    this.ring();
  }

  /** What was compiled before is its writer's fault no more, and may have been late for a busy machine. */
  #endLate(worker: Worker, job: GrammarJob, seconds: number): void {
    if (job.isAgain) job.lateTimes += 1;
    if (job.isAgain && job.lateTimes < againTries) this.#current = undefined;
    const again = new Error(`the grammar took more than ${seconds} s to be compiled again`);
    this.#end(worker, job.isAgain ? again : late(seconds), true);
  }

  /** Of a thread that took too long, or that has ended; another one takes its place. */
  #end(worker: Worker, error: Error, isLate = false): void {
    if (worker !== this.#worker || this.#lost) return;
    void worker.terminate();
    clearTimeout(this.#timer);
    const current = this.#current?.job;
    this.#current = undefined;
    if (current) this.#giveUp(current, error);
    if (this.#isStarted && !isLate && !current) this.#countLoss(error);
    if (this.#isStarted && this.#losses < lossesMost) this.#restart();
    else this.#lose(error);
  }

  /** What ends one thread after the other may be an answer that each of them follows. */
  #countLoss(error: Error): void {
    const now = performance.now();
    this.#losses = now - this.#lossAt < lossSeconds * 1000 ? this.#losses + 1 : 1;
    this.#lossAt = now;
    if (this.#losses < lossesOfAnswers) return;
    for (const matcher of this.#followed.keys()) matcher.fail(error);
    this.#followed.clear();
  }

  /** What answers under way are held to is compiled first; what they were to be told is in the matchers. */
  #restart(): void {
    this.#isStarted = false;
    for (const [matcher, job] of this.#followed) {
      matcher.lose();
      // Nobody waits for it but the answer's next step.
      const done = (error?: Error) => error && matcher.fail(error);
      this.#followed.set(matcher, { ...job, done, isAgain: true });
    }
    this.#queue.setAgain([...this.#followed.values()]);
    this.#worker = this.#start();
  }

  /** Whoever waits for the same one hears the same: each try would cost its time, and a thread. */
  #giveUp(job: GrammarJob, error: Error): void {
    this.#followed.delete(job.matcher);
    job.done(error);
    if (!(error instanceof GrammarError)) return;
    this.#verdicts.setLate(job.key);
    for (const other of this.#queue.takeAlike(job.key)) other.done(error);
  }

  /** Does nothing for one that is being compiled: that goes on, so that it is known how it ends. */
  #refuse(job: GrammarJob, error: Error): void {
    if (this.#queue.remove(job)) job.done(error);
  }

  #lose(error: Error): void {
    const what = this.#isStarted ? "ended again and again" : "did not start";
    this.#lost = new Error(`the thread of grammars ${what}: ${error.message}`);
    for (const matcher of this.#followed.keys()) matcher.fail(this.#lost);
    for (let job = this.#queue.take(); job; job = this.#queue.take()) job.done(this.#lost);
    this.#options.onLost(this.#lost);
  }
}

function late(seconds: number): GrammarError {
  return new GrammarError(`the grammar takes more than ${seconds} s to compile`);
}
