/**
 * Threads for work that would hold up everything else of this process: few, begun when they are needed, ended
 * when they are idle. One that is late, or whose work nobody has wanted for a while, is ended and replaced.
 */
import { Worker } from "node:worker_threads";
import { FairQueue } from "./fair-queue.ts";

export interface ThreadPoolOptions {
  /** Module of a thread: answers each message that it gets with one. */
  readonly entry: URL;
  /** What each thread is begun with. */
  readonly data: unknown;
  readonly threads: number;
  /** Tasks that wait for a thread; of more, those whose owner has most are refused. */
  readonly waiting: number;
  /** Of one task, from its thread's taking it up. */
  readonly milliseconds: number;
  /** Of a task that nobody wants any more: a thread that is ended has to load anew all that it needs. */
  readonly unwantedMilliseconds: number;
  /** Without work, before a thread ends. */
  readonly idleMilliseconds: number;
}

export class ThreadPoolError extends Error {
  override readonly name = "ThreadPoolError";
  readonly reason: "full" | "late" | "closed";

  constructor(reason: ThreadPoolError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

interface Job<Task, Result> {
  readonly task: Task;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread<Task, Result> {
  readonly worker: Worker;
  job: Job<Task, Result> | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class ThreadPool<Task, Result> {
  private readonly options: ThreadPoolOptions;
  private readonly threads = new Set<Thread<Task, Result>>();
  private readonly waiting: FairQueue<Job<Task, Result>>;
  private isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.options = options;
    this.waiting = new FairQueue(options.waiting);
  }

  /**
   * Rejects with a ThreadPoolError, with the signal's reason, or with what the thread threw. Owners whose
   * tasks wait have a turn one after the other.
   */
  run(task: Task, signal: AbortSignal, owner: string): Promise<Result> {
    if (this.isClosed) return Promise.reject(new ThreadPoolError("closed", "no tasks are taken any more"));
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const job = { task, resolve, reject };
    const leave = () => this.drop(job, signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    const thread = this.freeThread();
    if (thread) this.occupy(thread, job);
    else this.wait(job, owner);
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  /** What runs and waits is refused. */
  async close(): Promise<void> {
    this.isClosed = true;
    const error = new ThreadPoolError("closed", "the threads are ended");
    for (let job = this.waiting.take(); job; job = this.waiting.take()) job.reject(error);
    await Promise.all([...this.threads].map((thread) => this.end(thread, error)));
  }

  private wait(job: Job<Task, Result>, owner: string): void {
    const givenWay = this.waiting.add(owner, job);
    const message = `${this.waiting.size} tasks wait for ${this.threads.size} threads`;
    givenWay?.reject(new ThreadPoolError("full", message));
  }

  private freeThread(): Thread<Task, Result> | undefined {
    for (const thread of this.threads) if (!thread.job) return thread;
    return this.threads.size < this.options.threads ? this.start() : undefined;
  }

  private start(): Thread<Task, Result> {
    const { entry, data } = this.options;
    const worker = new Worker(entry, { workerData: data });
    const thread: Thread<Task, Result> = { worker, job: undefined, timer: undefined };
    worker.on("message", (result: Result) => this.finish(thread, result));
    worker.on("error", (error) => void this.end(thread, error));
    worker.on("exit", () => void this.end(thread, new Error("a thread ended by itself")));
    this.threads.add(thread);
    return thread;
  }

  /** With the first task that it takes, if there is one. */
  private occupy(thread: Thread<Task, Result>, first = this.waiting.take()): void {
    clearTimeout(thread.timer);
    thread.job = undefined;
    for (let job = first; job; job = this.waiting.take()) if (this.begin(thread, job)) return;
    // Whoever has nothing to do keeps no process alive.
    thread.worker.unref();
    thread.timer = setTimeout(() => void this.end(thread), this.options.idleMilliseconds).unref();
  }

  /** False for a task that cannot be handed over, which is refused. */
  private begin(thread: Thread<Task, Result>, job: Job<Task, Result>): boolean {
    try {
      thread.worker.postMessage(job.task);
    } catch (error) {
      job.reject(error);
      return false;
    }
    const { milliseconds } = this.options;
    thread.job = job;
    thread.timer = setTimeout(() => {
      void this.end(thread, new ThreadPoolError("late", `it took more than ${milliseconds} ms`));
    }, milliseconds);
    thread.worker.ref();
    return true;
  }

  private finish(thread: Thread<Task, Result>, result: Result): void {
    // It was ended when its answer was on its way: it takes nothing up any more.
    if (!this.threads.has(thread)) return;
    const { job } = thread;
    this.occupy(thread);
    job?.resolve(result);
  }

  private drop(job: Job<Task, Result>, reason: unknown): void {
    job.reject(reason);
    this.waiting.remove(job);
    for (const thread of this.threads) {
      if (thread.job !== job) continue;
      clearTimeout(thread.timer);
      thread.timer = setTimeout(() => void this.end(thread), this.options.unwantedMilliseconds);
    }
  }

  /** Its work is refused, and who waits gets another thread. */
  private async end(thread: Thread<Task, Result>, reason?: unknown): Promise<void> {
    if (!this.threads.delete(thread)) return;
    clearTimeout(thread.timer);
    thread.job?.reject(reason);
    const next = this.isClosed ? undefined : this.waiting.take();
    if (next) this.occupy(this.start(), next);
    await thread.worker.terminate();
  }
}
