/** Requests of tests, and what they heard. */
import type {
  Engine,
  GeneratedToken,
  Generation,
  GenerationEnd,
  GenerationRequest,
  Sampling,
} from "../../../runtime/engine/contract.ts";

export const greedy: Sampling = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 0n,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: new Map(),
  logprobs: -1,
};

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
