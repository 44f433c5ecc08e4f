/**
 * The engine in the process of whoever asks it: a step at a time. While one is computed it tells what the
 * last one brought, and hears what is asked of it.
 */
import type {
  Admission,
  Engine,
  EngineFacts,
  EngineStats,
  Generation,
  GenerationRequest,
  GenerationSink,
} from "./contract.ts";
import { EngineCore, type EngineCoreOptions } from "./engine-core.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";

export interface LocalEngineOptions extends EngineCoreOptions {
  /** After every step, once the next one has begun, and whenever requests have ended without one. */
  readonly afterTurn?: () => void;
  /** Called once, with what the device threw, before its requests hear of it: none may come back to it. */
  readonly onLost?: (error: unknown) => void;
  /** A device that takes longer for a step is lost. Default: however long it takes. */
  readonly stepSeconds?: number;
}

/** How long it waits at a time for a step; in between it hears what was asked of it. */
const waitMilliseconds = 2;
/**
 * Behind a step that takes longer none is begun ahead: it would save a hundredth of it at most, and whoever
 * comes meanwhile would wait for one more.
 */
const aheadMilliseconds = 5;

export class LocalEngine implements Engine {
  /** Whoever made it makes another one. */
  readonly restarts = 0;
  private readonly core: EngineCore;
  private readonly options: LocalEngineOptions;
  private isTurning = false;
  private isOpen = true;
  private hasMore = false;
  private startedAt = 0;
  /** How long the last step took. */
  private stepMilliseconds = 0;

  constructor(options: LocalEngineOptions) {
    this.options = options;
    this.core = new EngineCore(options);
  }

  get facts(): EngineFacts {
    return this.core.facts;
  }

  get isReady(): boolean {
    return this.isOpen;
  }

  stats(): EngineStats {
    return this.core.stats();
  }

  submit(
    request: GenerationRequest,
    sink: GenerationSink,
    matcher?: GrammarMatcher,
  ): { admission: Admission; generation?: Generation } {
    if (!this.isOpen) return { admission: "unavailable" };
    const submitted = this.core.submit(request, sink, matcher);
    this.turnSoon();
    const { generation } = submitted;
    if (!generation) return submitted;
    const hold = (isHeld: boolean) => {
      generation.hold(isHeld);
      // Its place is free for who waits, or it is to go on.
      this.turnSoon();
    };
    const abort = () => {
      generation.abort();
      this.options.afterTurn?.();
      // Its place is free for who waits.
      this.turnSoon();
    };
    return { ...submitted, generation: { abort, hold } };
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.core.endAll("device-lost");
    this.options.afterTurn?.();
    this.options.device.close();
  }

  private turnSoon(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    setImmediate(() => this.turn());
  }

  /** Nothing but masks is waited for, which come from another thread and tell nobody. */
  private turnLater(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    setTimeout(() => this.turn(), 1);
  }

  /** The step's end and the next one's beginning; all else is done while that one is computed. */
  private turn(): void {
    this.isTurning = false;
    if (!this.isOpen) return;
    try {
      if (!this.core.finish(waitMilliseconds)) this.checkStep();
      else {
        this.hasMore = this.core.start();
        this.noteStep();
        if (this.stepMilliseconds <= aheadMilliseconds) this.core.startAhead();
        this.core.tell();
        this.options.afterTurn?.();
      }
      this.core.prepare();
      if (this.hasMore && !this.core.isIdle) this.turnSoon();
      else if (this.core.isAwaitingMasks) this.turnLater();
    } catch (error) {
      this.isOpen = false;
      this.options.onLost?.(error);
      this.core.endAll("device-lost");
      this.options.afterTurn?.();
    }
  }

  /** One has ended, if any was under way, and the next one has begun. */
  private noteStep(): void {
    const now = performance.now();
    this.stepMilliseconds = now - this.startedAt;
    this.startedAt = now;
  }

  private checkStep(): void {
    const { stepSeconds = Number.POSITIVE_INFINITY } = this.options;
    if (performance.now() - this.startedAt < stepSeconds * 1000) return;
    throw new Error(`a step has not ended after ${stepSeconds} s`);
  }
}
