/** An engine whose requests are counted by their adapters: routers prefer a server that has one in use. */
import type { Admission, Engine, Generation, GenerationRequest, GenerationSink } from "../engine/contract.ts";

interface Use {
  waiting: number;
  running: number;
}

export class AdapterWatch implements Engine {
  private readonly engine: Engine;
  private readonly names: readonly string[];
  private readonly uses: readonly Use[];

  constructor(engine: Engine) {
    this.engine = engine;
    this.names = engine.facts.adapters ?? [];
    this.uses = this.names.map(() => ({ waiting: 0, running: 0 }));
  }

  get facts() {
    return this.engine.facts;
  }

  get isReady(): boolean {
    return this.engine.isReady;
  }

  get restarts(): number {
    return this.engine.restarts;
  }

  stats() {
    return this.engine.stats();
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  /** How many there are; any of them may be in one step. */
  get adapters(): number {
    return this.names.length;
  }

  /** Names of those that requests wait for, or that are computed, in their order. */
  usedBy(state: keyof Use): readonly string[] {
    return this.names.filter((_, index) => (this.uses[index]?.[state] ?? 0) > 0);
  }

  submit(
    request: GenerationRequest,
    sink: GenerationSink,
  ): { admission: Admission; generation?: Generation } {
    const use = this.uses[(request.adapter ?? 0) - 1];
    if (!use) return this.engine.submit(request, sink);
    let state: keyof Use = "waiting";
    const move = (to: keyof Use) => {
      use[state] -= 1;
      state = to;
      use[state] += 1;
    };
    use.waiting += 1;
    const taken = this.engine.submit(request, {
      begun: (millisecondsAgo) => {
        move("running");
        sink.begun?.(millisecondsAgo);
      },
      tokens: (tokens) => sink.tokens(tokens),
      end: (end) => {
        use[state] -= 1;
        sink.end(end);
      },
    });
    // It hears nothing, not even an end.
    if (taken.admission !== "waiting") use.waiting -= 1;
    return taken;
  }
}
