/**
 * The engine in a process of its own: a fault of the device ends the requests that it had, and nothing else.
 * It is started again, with growing pauses, as long as each start succeeds or few have failed in a row.
 */
import { type ChildProcess, fork } from "node:child_process";
import type {
  Admission,
  Engine,
  EngineFacts,
  EngineStats,
  Generation,
  GenerationEnd,
  GenerationRequest,
  GenerationSink,
} from "./contract.ts";
import type { AnswerMessage, FromEngine, ToEngine } from "./messages.ts";

export interface EngineProcessOptions {
  /** The module that the process runs; it answers messages as `EngineServer` does. */
  readonly entry: string;
  /** Its one argument, as JSON. */
  readonly settings: unknown;
  /** How long a start may take. */
  readonly startSeconds: number;
  /** Starts that may fail in a row before it is given up. */
  readonly failedStarts: number;
  /** The first pause before a new start; it doubles with each that fails. */
  readonly pauseSeconds: number;
  /** It says something each second; after so many without a word it counts as lost. */
  readonly silenceSeconds: number;
  /** Told of each end of the process that was not asked for, and of what was done about it. */
  readonly onLost?: (message: string) => void;
  /** Told once when no further start is tried. */
  readonly onGivenUp?: () => void;
}

interface Taken {
  readonly request: GenerationRequest;
  readonly sink: GenerationSink;
  answered: number;
}

const noStats: EngineStats = {
  running: 0,
  waiting: 0,
  usedBlocks: 0,
  preemptions: 0,
  steps: 0,
  prefixQueryTokens: 0,
  prefixHitTokens: 0,
  promptTokens: 0,
  generatedTokens: 0,
  drafts: 0,
  draftTokens: 0,
  acceptedTokens: 0,
  acceptedByPlace: [],
};

export class EngineProcess implements Engine {
  readonly facts: EngineFacts;
  private readonly options: EngineProcessOptions;
  private readonly taken = new Map<number, Taken>();
  private child: ChildProcess;
  /** The one that is to take its place. */
  private starting: ChildProcess | undefined;
  private latest = noStats;
  private lastId = 0;
  private started = 0;
  private state: "ready" | "starting" | "given-up" | "closed" = "ready";

  private constructor(options: EngineProcessOptions, child: ChildProcess, facts: EngineFacts) {
    this.options = options;
    this.facts = facts;
    this.child = child;
    this.attend(child);
  }

  /**
   * Resolves once the process has computed a token for real; rejects with what it said instead. Once the
   * signal is aborted nobody waits for it any more: a process that still loads hears nothing, and is killed.
   */
  static async start(options: EngineProcessOptions, signal?: AbortSignal): Promise<EngineProcess> {
    signal?.throwIfAborted();
    let starting: ChildProcess | undefined;
    const kill = () => void starting?.kill("SIGKILL");
    signal?.addEventListener("abort", kill);
    try {
      const { child, facts } = await startProcess(options, (child) => {
        starting = child;
      });
      return new EngineProcess(options, child, facts);
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  }

  get isReady(): boolean {
    return this.state === "ready";
  }

  get restarts(): number {
    return this.started;
  }

  stats(): EngineStats {
    return this.latest;
  }

  submit(
    request: GenerationRequest,
    sink: GenerationSink,
  ): { admission: Admission; generation?: Generation } {
    if (this.state !== "ready") return { admission: "unavailable" };
    if (request.prompt.length + request.answerTokens > this.facts.sequenceTokens) {
      return { admission: "never-fits" };
    }
    if (this.taken.size >= this.facts.requests) return { admission: "queue-full" };
    this.lastId += 1;
    const id = this.lastId;
    this.taken.set(id, { request, sink, answered: 0 });
    this.tell({ type: "submit", id, request });
    return {
      admission: "waiting",
      generation: {
        abort: () => this.tell({ type: "abort", id }),
        hold: (isHeld) => this.tell({ type: "hold", id, isHeld }),
      },
    };
  }

  async close(): Promise<void> {
    if (this.state === "closed") return;
    this.state = "closed";
    this.starting?.kill("SIGKILL");
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
    }
    this.endAll();
  }

  private tell(message: ToEngine): void {
    // A process that has just ended is told of by its exit; what was sent to it is lost with it.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private attend(child: ChildProcess): void {
    const { silenceSeconds } = this.options;
    const silent = () => this.lose(child, `it said nothing for ${silenceSeconds} s`);
    const silence = setTimeout(silent, silenceSeconds * 1000).unref();
    child.once("exit", () => clearTimeout(silence));
    child.on("message", (message: FromEngine) => {
      silence.refresh();
      if (child !== this.child || this.state !== "ready") return;
      if (message.type === "turn") this.takeTurn(message.stats, message.answers);
      if (message.type === "lost") this.lose(child, message.message);
    });
    child.on("error", ({ message }) => this.lose(child, message));
    child.once("exit", (code, signal) => this.lose(child, `it ended with ${signal ?? `code ${code}`}`));
  }

  private takeTurn(stats: EngineStats, answers: readonly AnswerMessage[]): void {
    this.latest = stats;
    for (const { id, tokens, end, begunMillisecondsAgo: begun } of answers) {
      const taken = this.taken.get(id);
      if (!taken) continue;
      taken.answered += tokens.length;
      if (begun !== undefined) taken.sink.begun?.(begun);
      if (tokens.length > 0) taken.sink.tokens(tokens);
      if (end) this.end(id, taken, end);
    }
  }

  private lose(child: ChildProcess, message: string): void {
    if (child !== this.child || this.state !== "ready") return;
    this.state = "starting";
    this.options.onLost?.(message);
    child.kill("SIGKILL");
    this.endAll();
    this.latest = noStats;
    void this.startAgain();
  }

  private async startAgain(): Promise<void> {
    const { failedStarts, pauseSeconds, onLost } = this.options;
    for (let failed = 0; failed < failedStarts && this.state === "starting"; failed += 1) {
      await pause(pauseSeconds * 2 ** failed);
      try {
        const { child } = await startProcess(this.options, (starting) => {
          this.starting = starting;
        });
        if (this.isClosed()) {
          child.kill("SIGKILL");
          return;
        }
        this.child = child;
        this.attend(child);
        this.state = "ready";
        this.started += 1;
        return;
      } catch (error) {
        if (!this.isClosed()) onLost?.((error as Error).message);
      }
    }
    if (this.state !== "starting") return;
    this.state = "given-up";
    this.options.onGivenUp?.();
  }

  private isClosed(): boolean {
    return this.state === "closed";
  }

  private endAll(): void {
    for (const [id, taken] of this.taken) {
      const counts = { promptTokens: taken.request.prompt.length, answerTokens: taken.answered };
      this.end(id, taken, { reason: "device-lost", cachedTokens: 0, ...counts });
    }
  }

  private end(id: number, { sink }: Taken, end: GenerationEnd): void {
    this.taken.delete(id);
    sink.end(end);
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000).unref();
  });
}

function startProcess(
  options: EngineProcessOptions,
  onSpawn?: (child: ChildProcess) => void,
): Promise<{ child: ChildProcess; facts: EngineFacts }> {
  const child = fork(options.entry, [JSON.stringify(options.settings)], {
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  onSpawn?.(child);
  return new Promise((resolve, reject) => {
    const fail = (message: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`the engine did not start: ${message}`));
    };
    const late = () => fail(`not ready within ${options.startSeconds} s`);
    const timer = setTimeout(late, options.startSeconds * 1000);
    child.once("error", ({ message }) => fail(message));
    child.once("exit", (code, signal) => fail(`it ended with ${signal ?? `code ${code}`}`));
    child.on("message", (message: FromEngine) => {
      if (message.type === "lost") fail(message.message);
      if (message.type !== "ready") return;
      clearTimeout(timer);
      child.removeAllListeners();
      resolve({ child, facts: message.facts });
    });
  });
}
