/**
 * Threads for work that would hold up everything else of this process: few, begun when they are needed, ended
 * when they are idle. One that is late, or whose work nobody has wanted for a while, is ended and replaced.
 */
import { Worker } from "node:worker_threads";

export interface ThreadPoolOptions {
  /** Module of a thread: answers each message that it gets with one. */
  readonly entry: URL;
  /** What each thread is begun with. */
  readonly data: unknown;
  readonly threads: number;
  /** Tasks that wait for a thread; more are refused. */
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
  private readonly waiting: Job<Task, Result>[] = [];
  private isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.options = options;
  }

  /** Rejects with a ThreadPoolError, with the signal's reason, or with what the thread threw. */
  run(task: Task, signal: AbortSignal): Promise<Result> {
    const { waiting } = this.options;
    if (this.isClosed) return Promise.reject(new ThreadPoolError("closed", "no tasks are taken any more"));
    if (signal.aborted) return Promise.reject(signal.reason);
    const thread = this.freeThread();
    if (!thread && this.waiting.length >= waiting) {
      const message = `${this.waiting.length} tasks wait for ${this.threads.size} threads`;
      return Promise.reject(new ThreadPoolError("full", message));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const job = { task, resolve, reject };
    const leave = () => this.drop(job, signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    if (thread) this.occupy(thread, job);
    else this.waiting.push(job);
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  /** What runs and waits is refused. */
  async close(): Promise<void> {
    this.isClosed = true;
    const error = new ThreadPoolError("closed", "the threads are ended");
    for (const job of this.waiting.splice(0)) job.reject(error);
    await Promise.all([...this.threads].map((thread) => this.end(thread, error)));
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
  private occupy(thread: Thread<Task, Result>, first = this.waiting.shift()): void {
    clearTimeout(thread.timer);
    thread.job = undefined;
    for (let job = first; job; job = this.waiting.shift()) if (this.begin(thread, job)) return;
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
    const place = this.waiting.indexOf(job);
    if (place >= 0) this.waiting.splice(place, 1);
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
    const next = this.isClosed ? undefined : this.waiting.shift();
    if (next) this.occupy(this.start(), next);
    await thread.worker.terminate();
  }
}
