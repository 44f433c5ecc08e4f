/** Serves an engine to another process: takes its messages, and answers once for each turn. */
import { CrowdedError } from "../text/grammar-queue.ts";
import { GrammarError } from "../text/grammar-schema.ts";
import type {
  GeneratedToken,
  Generation,
  GenerationEnd,
  GenerationRequest,
  GrammarSource,
} from "./contract.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";
import { greedy } from "./greedy.ts";
import { LocalEngine, type LocalEngineOptions } from "./local-engine.ts";
import type { AnswerMessage, FromEngine, ToEngine } from "./messages.ts";

/** How old figures may be while a long prompt is computed and nobody is told anything. */
const figuresMilliseconds = 100;
/** How often it says that it lives, where there is nothing else to tell. */
const lifeMilliseconds = 1000;

export interface EngineServerOptions extends LocalEngineOptions {
  /**
   * Rejects with a GrammarError what no answer can be held to, and with a CrowdedError where too many wait.
   * Default: no grammar can be asked for.
   */
  readonly compileGrammar?: (source: GrammarSource, asker: GrammarAsker) => Promise<GrammarMatcher>;
}

interface GrammarAsker {
  readonly tenant: string;
  /** Aborted once nobody wants it any more. */
  readonly signal: AbortSignal;
}

export class EngineServer {
  private readonly engine: LocalEngine;
  private readonly send: (message: FromEngine) => void;
  private readonly generations = new Map<number, Generation>();
  private toldAt = 0;
  /** Blocks in use, as it was told last. */
  private toldBlocks = 0;
  /** When those began of whom this was not told yet. */
  private readonly begunAt = new Map<number, number>();
  private readonly outbox = new Map<number, AnswerMessage>();
  private readonly compileGrammar: EngineServerOptions["compileGrammar"];
  /** Requests whose grammars are being compiled. */
  private readonly compiling = new Map<number, Compiling>();

  constructor({ compileGrammar, ...options }: EngineServerOptions, send: (message: FromEngine) => void) {
    this.compileGrammar = compileGrammar;
    this.send = send;
    this.engine = new LocalEngine({
      ...options,
      afterTurn: () => this.flush(),
      onLost: (error) => {
        send({ type: "lost", message: error instanceof Error ? error.message : String(error) });
        options.onLost?.(error);
      },
    });
  }

  /** Computes one token for real, and then says that it is ready. */
  async start(): Promise<void> {
    // Silence means that something holds this process up.
    setInterval(() => this.tell(), lifeMilliseconds).unref();
    await new Promise<void>((resolve, reject) => {
      const end = ({ reason }: { reason: string }) =>
        reason === "length" ? resolve() : reject(new Error(`the first forward pass failed: ${reason}`));
      const { admission } = this.engine.submit(firstRequest, { tokens: () => undefined, end });
      if (admission !== "waiting") reject(new Error(`the first forward pass was not taken: ${admission}`));
    });
    this.send({ type: "ready", facts: this.engine.facts });
  }

  async take(message: ToEngine): Promise<void> {
    if (message.type === "close") await this.engine.close();
    else if (message.type === "abort") this.change(message.id, "abort");
    else if (message.type === "hold") this.change(message.id, message.isHeld ? "hold" : "release");
    else {
      const { id, request } = message;
      if (request.grammar) await this.beginCompiled(id, request, request.grammar);
      else this.begin(id, request);
    }
  }

  private begin(id: number, request: GenerationRequest, matcher?: GrammarMatcher): void {
    const sink = {
      begun: () => void this.begunAt.set(id, performance.now()),
      tokens: (tokens: readonly GeneratedToken[]) => {
        const message = this.outbox.get(id);
        if (message) message.tokens.push(...tokens);
        // A list that begins empty takes room for many.
        else this.outbox.set(id, { id, tokens: [...tokens] });
      },
      end: (end: GenerationEnd) => {
        this.messageOf(id).end = end;
        this.generations.delete(id);
      },
    };
    const { generation } = this.engine.submit(request, sink, matcher);
    if (generation) this.generations.set(id, generation);
    // Whoever asks counts as the engine does, so this is rare: the engine was lost meanwhile.
    else {
      matcher?.dispose();
      this.refuse(id, request, { reason: "device-lost" });
    }
  }

  /** It waits for its grammar; whoever leaves meanwhile is told at once. */
  private async beginCompiled(id: number, request: GenerationRequest, source: GrammarSource): Promise<void> {
    const waiting = { request, isHeld: false, left: new AbortController() };
    this.compiling.set(id, waiting);
    const asker = { tenant: request.tenant, signal: waiting.left.signal };
    const { matcher, failure } = await this.compile(source, asker).then(
      (compiled) => ({ matcher: compiled, failure: undefined }),
      (error: unknown) => ({ matcher: undefined, failure: failureOf(error) }),
    );
    if (!this.compiling.delete(id)) matcher?.dispose();
    else if (failure) this.refuse(id, request, failure);
    else {
      this.begin(id, request, matcher);
      if (waiting.isHeld) this.generations.get(id)?.hold(true);
    }
  }

  private async compile(source: GrammarSource, asker: GrammarAsker): Promise<GrammarMatcher> {
    if (!this.compileGrammar) throw new GrammarError("this engine has no compiler of grammars");
    return this.compileGrammar(source, asker);
  }

  private change(id: number, change: "abort" | "hold" | "release"): void {
    const generation = this.generations.get(id);
    const waiting = this.compiling.get(id);
    if (change !== "abort") {
      generation?.hold(change === "hold");
      if (waiting) waiting.isHeld = change === "hold";
      return;
    }
    generation?.abort();
    this.compiling.delete(id);
    waiting?.left.abort();
    if (waiting) this.refuse(id, waiting.request, { reason: "aborted" });
  }

  private refuse(id: number, { prompt }: GenerationRequest, why: Failure): void {
    const counts = { cachedTokens: 0, promptTokens: prompt.length, answerTokens: 0 };
    this.messageOf(id).end = { ...why, ...counts };
    this.flush();
  }

  private messageOf(id: number): AnswerMessage {
    let message = this.outbox.get(id);
    if (!message) {
      message = { id, tokens: [] };
      this.outbox.set(id, message);
    }
    return message;
  }

  /** What the turn brought; figures alone are not told after every step. */
  private flush(): void {
    const isDue = performance.now() - this.toldAt >= figuresMilliseconds;
    if (this.outbox.size > 0 || isDue || this.isEmptied) this.tell();
  }

  /** A step that was begun ahead may end after the last answer, and lets go of blocks that nobody reads. */
  private get isEmptied(): boolean {
    return this.toldBlocks > 0 && this.engine.stats().usedBlocks === 0;
  }

  private tell(): void {
    this.toldAt = performance.now();
    for (const [id, at] of this.begunAt) this.messageOf(id).begunMillisecondsAgo = this.toldAt - at;
    this.begunAt.clear();
    const stats = this.engine.stats();
    this.toldBlocks = stats.usedBlocks;
    this.send({ type: "turn", stats, answers: [...this.outbox.values()] });
    this.outbox.clear();
  }
}

interface Compiling {
  readonly request: GenerationRequest;
  /** Aborted when the request is. */
  readonly left: AbortController;
  isHeld: boolean;
}

type Failure = Pick<GenerationEnd, "reason" | "problem">;

/** A grammar that is none is its writer's fault, anything else is not. */
function failureOf(error: unknown): Failure {
  if (error instanceof GrammarError) return { reason: "grammar-refused", problem: error.message };
  if (error instanceof CrowdedError) return { reason: "crowded-out", problem: error.message };
  return {
    reason: "failed",
    problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

const firstRequest: GenerationRequest = {
  prompt: Int32Array.of(0),
  answerTokens: 1,
  stopTokens: [],
  tenant: "",
  sampling: greedy,
};
