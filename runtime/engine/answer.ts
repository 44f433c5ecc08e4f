/** One request that the engine has taken, from its first step to its end. */
import type { Batch } from "../device/contract.ts";
import { Adjustments } from "./adjustments.ts";
import type { FinishReason, GeneratedToken, GenerationRequest, GenerationSink } from "./contract.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";
import type { Sequence } from "./sequence.ts";

export class Answer {
  readonly request: GenerationRequest;
  readonly sequence: Sequence;
  private readonly sink: GenerationSink;
  private readonly matcher: GrammarMatcher | undefined;
  private readonly adjustments: Adjustments | undefined;
  private readonly stops: ReadonlySet<number>;
  /** Tokens told; the one that stopped it is none of them. */
  private told = 0;

  constructor(
    request: GenerationRequest,
    sequence: Sequence,
    sink: GenerationSink,
    matcher: GrammarMatcher | undefined,
  ) {
    this.request = request;
    this.sequence = sequence;
    this.sink = sink;
    this.matcher = matcher;
    this.adjustments = Adjustments.of(request);
    this.stops = new Set(request.stopTokens);
  }

  /** How the next token is chosen, as sequence `index` of the step; answers where its adjustments end. */
  fill(batch: Batch, index: number, adjustments: number): number {
    const { sampling } = this.request;
    batch.temperature[index] = sampling.temperature;
    batch.topK[index] = sampling.topK;
    batch.topP[index] = sampling.topP;
    batch.minP[index] = sampling.minP;
    batch.seed[index] = sampling.seed;
    batch.logprobs[index] = sampling.logprobs;
    batch.isMasked[index] = this.matcher ? 1 : 0;
    this.matcher?.fillMask(batch.allowed, index * batch.maskWords);
    return this.adjustments?.write(batch, adjustments, this.told) ?? adjustments;
  }

  /** Takes the token that sequence `index` got, and tells it; true if it ends the answer. */
  take(batch: Batch, index: number): boolean {
    const token = batch.sampled[index] ?? 0;
    if (this.stops.has(token)) return true;
    this.matcher?.accept(token);
    // A stop token that the request does not know, but its grammar does.
    if (this.matcher?.isDone) return true;
    this.told += 1;
    this.adjustments?.add(token);
    this.sink.tokens([this.tokenOf(batch, index, token)]);
    return false;
  }

  end(reason: FinishReason): void {
    this.matcher?.dispose();
    const { found, request } = this.sequence;
    this.sink.end({
      reason,
      cachedTokens: found,
      promptTokens: request.prompt.length,
      answerTokens: this.told,
    });
  }

  private tokenOf(batch: Batch, index: number, token: number): GeneratedToken {
    const { logprobs } = this.request.sampling;
    if (logprobs < 0) return { token };
    const logprob = batch.logprob[index] ?? 0;
    if (logprobs === 0) return { token, logprob };
    const apart = batch.topTokens.length / batch.isSampled.length;
    const top = Array.from({ length: logprobs }, (_, rank) => ({
      token: batch.topTokens[index * apart + rank] ?? 0,
      logprob: batch.topLogprob[index * apart + rank] ?? 0,
    }));
    return { token, logprob, top };
  }
}
