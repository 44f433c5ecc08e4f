/** The engine in the process of whoever asks it: a step at a time, with room for others between two steps. */
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
  /** After every step, and whenever requests have ended without one. */
  readonly afterTurn?: () => void;
  /** Called once, with what the device threw, before its requests hear of it: none may come back to it. */
  readonly onLost?: (error: unknown) => void;
}

export class LocalEngine implements Engine {
  private readonly core: EngineCore;
  private readonly options: LocalEngineOptions;
  private isTurning = false;
  private isOpen = true;

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

  private turn(): void {
    this.isTurning = false;
    if (!this.isOpen) return;
    try {
      const hasMore = this.core.run() && !this.core.isIdle;
      this.options.afterTurn?.();
      if (hasMore) this.turnSoon();
    } catch (error) {
      this.isOpen = false;
      this.options.onLost?.(error);
      this.core.endAll("device-lost");
      this.options.afterTurn?.();
    }
  }
}
