/** An engine that computes nothing: it answers by a script, step by step, and counts what it is told. */
import type {
  Admission,
  Engine,
  EngineFacts,
  EngineStats,
  FinishReason,
  GeneratedToken,
  Generation,
  GenerationRequest,
  GenerationSink,
} from "../../../runtime/engine/contract.ts";

export interface Script {
  /** Of the answer; a text stands for its bytes. */
  readonly tokens: string | readonly number[];
  /** Once the tokens are told. Default: "stop". */
  readonly end?: FinishReason;
  /** Default: 0. */
  readonly cachedTokens?: number;
  /** Of a request that wants one. Default: its first token, how many it has, and two zeros. */
  readonly embedding?: readonly number[];
  /** How long ago it began when it first says so. Default: 0. */
  readonly begunMillisecondsAgo?: number;
  /** Tokens of a step. Default: 1. */
  readonly perStep?: number;
}

export interface ScriptedEngineOptions {
  /** By the number of the request, from 0. */
  readonly script: (request: GenerationRequest, index: number) => Script;
  /** Whether steps are made by the test alone. Default: the engine makes them itself. */
  readonly isStepped?: boolean;
  readonly facts?: Partial<EngineFacts>;
}

interface Running {
  readonly request: GenerationRequest;
  readonly sink: GenerationSink;
  readonly script: Script;
  readonly tokens: readonly number[];
  told: number;
  hasBegun: boolean;
  isHeld: boolean;
  isAborted: boolean;
}

const facts: EngineFacts = {
  device: "script",
  vocabularySize: 257,
  hiddenSize: 4,
  sequenceTokens: 4096,
  blockTokens: 16,
  blocks: 1024,
  weightBytes: 0,
  kvCacheBytes: 0,
  workspaceBytes: 0,
  sequences: 64,
  requests: 64,
};

export class ScriptedEngine implements Engine {
  readonly facts: EngineFacts;
  isReady = true;
  restarts = 0;
  /** Every request that was ever submitted and taken. */
  readonly requests: GenerationRequest[] = [];
  aborts = 0;
  holds = 0;
  releases = 0;
  steps = 0;
  private readonly options: ScriptedEngineOptions;
  private running: Running[] = [];
  private isScheduled = false;

  constructor(options: ScriptedEngineOptions) {
    this.options = options;
    this.facts = { ...facts, ...options.facts };
  }

  get open(): number {
    return this.running.length;
  }

  submit(
    request: GenerationRequest,
    sink: GenerationSink,
  ): { admission: Admission; generation?: Generation } {
    if (request.prompt.length + request.answerTokens > this.facts.blocks * this.facts.blockTokens)
      return { admission: "never-fits" };
    if (!this.isReady) return { admission: "unavailable" };
    if (this.running.length >= this.facts.requests) return { admission: "queue-full" };
    const script = this.options.script(request, this.requests.length);
    const tokens = typeof script.tokens === "string" ? [...Buffer.from(script.tokens)] : script.tokens;
    const running: Running = {
      request,
      sink,
      script,
      tokens,
      told: 0,
      hasBegun: false,
      isHeld: false,
      isAborted: false,
    };
    this.requests.push(request);
    this.running.push(running);
    this.schedule();
    return { admission: "waiting", generation: this.generationOf(running) };
  }

  private generationOf(running: Running): Generation {
    return {
      abort: () => {
        if (running.isAborted) return;
        running.isAborted = true;
        this.aborts += 1;
        this.schedule();
      },
      hold: (isHeld) => {
        if (isHeld) this.holds += 1;
        else this.releases += 1;
        running.isHeld = isHeld;
        this.schedule();
      },
    };
  }

  /** One step of every answer that is not held. */
  step(): void {
    this.steps += 1;
    for (const running of [...this.running]) this.stepOf(running);
  }

  private stepOf(running: Running): void {
    const { request, script, tokens, sink } = running;
    if (running.isAborted) {
      this.end(running, "aborted");
      return;
    }
    if (running.isHeld) return;
    if (!running.hasBegun) sink.begun?.(script.begunMillisecondsAgo ?? 0);
    running.hasBegun = true;
    if (request.pooling) {
      this.end(running, script.end ?? "stop");
      return;
    }
    const most = Math.min(running.told + (script.perStep ?? 1), request.answerTokens);
    const next = tokens.slice(running.told, most);
    running.told += next.length;
    if (next.length > 0) sink.tokens(next.map((token) => told(token, request.sampling.logprobs)));
    if (running.isAborted) return;
    if (running.told >= request.answerTokens) this.end(running, "length");
    else if (running.told >= tokens.length) this.end(running, script.end ?? "stop");
  }

  private end(running: Running, reason: FinishReason): void {
    this.running = this.running.filter((other) => other !== running);
    const { request, script, told } = running;
    const promptTokens = request.prompt.length;
    const embedding = Float32Array.from(script.embedding ?? [request.prompt[0] ?? 0, promptTokens, 0, 0]);
    const isEmbedded = request.pooling !== undefined && reason === "stop";
    const counts = { promptTokens, cachedTokens: script.cachedTokens ?? 0, answerTokens: told };
    running.sink.end({ reason, ...counts, ...(isEmbedded && { embedding }) });
  }

  private schedule(): void {
    if (this.options.isStepped || this.isScheduled) return;
    if (!this.running.some(({ isHeld, isAborted }) => isAborted || !isHeld)) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.step();
      this.schedule();
    });
  }

  stats(): EngineStats {
    const sum = (of: (request: GenerationRequest) => number) =>
      this.requests.reduce((total, request) => total + of(request), 0);
    return {
      running: this.running.length,
      waiting: 3,
      usedBlocks: 256,
      preemptions: 5,
      steps: this.steps,
      prefixQueryTokens: 70,
      prefixHitTokens: 30,
      promptTokens: sum(({ prompt }) => prompt.length),
      generatedTokens: 11,
      drafts: 4,
      draftTokens: 9,
      acceptedTokens: 6,
      acceptedByPlace: [4, 2, 0],
    };
  }

  async close(): Promise<void> {
    for (const running of [...this.running]) this.end(running, "device-lost");
  }
}

/** The likelier the smaller: alternatives are the tokens that follow it. */
function told(token: number, logprobs: number): GeneratedToken {
  if (logprobs < 0) return { token };
  const top = Array.from({ length: logprobs }, (_, index) => ({
    token: token + index,
    logprob: -0.5 - index,
  }));
  return { token, logprob: -0.5, top };
}
