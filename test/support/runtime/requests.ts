/** Requests of tests, and what they heard. */
import type {
  Engine,
  GeneratedToken,
  Generation,
  GenerationEnd,
  GenerationRequest,
} from "../../../runtime/engine/contract.ts";
import { greedy } from "../../../runtime/engine/greedy.ts";

export function requestOf(
  prompt: readonly number[],
  change: Partial<GenerationRequest> = {},
): GenerationRequest {
  return {
    prompt: Int32Array.from(prompt),
    answerTokens: 8,
    stopTokens: [],
    tenant: "red",
    sampling: greedy,
    ...change,
  };
}

/** Keeps what a request hears. */
export class Listener {
  readonly heard: GeneratedToken[] = [];
  /** How many tokens had come each time that it was told to have begun: once, and none. */
  readonly begunAt: number[] = [];
  readonly ends: GenerationEnd[] = [];
  readonly ended: Promise<GenerationEnd>;
  private resolve: (end: GenerationEnd) => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  get answer(): number[] {
    return this.heard.map(({ token }) => token);
  }

  begun(): void {
    this.begunAt.push(this.heard.length);
  }

  tokens(tokens: readonly GeneratedToken[]): void {
    if (this.ends.length > 0) throw new Error("a token came after the end");
    this.heard.push(...tokens);
  }

  end(end: GenerationEnd): void {
    this.ends.push(end);
    this.resolve(end);
  }
}

/** Submits a request that must be taken. */
export function taken(
  engine: Pick<Engine, "submit">,
  request: GenerationRequest,
): { listener: Listener; generation: Generation } {
  const listener = new Listener();
  const { admission, generation } = engine.submit(request, listener);
  if (!generation) throw new Error(`not taken: ${admission}`);
  return { listener, generation };
}
