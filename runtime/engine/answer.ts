/** One request that the engine has taken, from its first step to its end. */
import { type Batch, poolings } from "../device/contract.ts";
import { Adjustments } from "./adjustments.ts";
import type { FinishReason, GeneratedToken, GenerationRequest, GenerationSink } from "./contract.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";
import { PooledState } from "./pooled-state.ts";
import type { Sequence } from "./sequence.ts";

export class Answer {
  readonly request: GenerationRequest;
  readonly sequence: Sequence;
  private readonly sink: GenerationSink;
  private readonly matcher: GrammarMatcher | undefined;
  private readonly adjustments: Adjustments | undefined;
  private readonly stops: ReadonlySet<number>;
  private readonly pooled: PooledState | undefined;
  /** Tokens of the answer; the one that stopped it is none of them. */
  private told = 0;
  private hasBegun = false;
  /** Those that were not told yet. */
  private taken: GeneratedToken[] | undefined;
  /** Why it has ended; undefined while it goes on. */
  reason: FinishReason | undefined;
  /** In words for the log. */
  problem: string | undefined;
  private isOver = false;

  constructor(
    request: GenerationRequest,
    sequence: Sequence,
    sink: GenerationSink,
    { matcher, hiddenSize }: { readonly matcher: GrammarMatcher | undefined; readonly hiddenSize: number },
  ) {
    this.request = request;
    this.sequence = sequence;
    this.sink = sink;
    this.matcher = matcher;
    this.adjustments = Adjustments.of(request);
    this.stops = new Set(request.stopTokens);
    this.pooled = request.pooling && new PooledState(request.pooling, hiddenSize);
  }

  /** It is in a step: its wait is over. */
  begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.sink.begun?.(0);
  }

  /** Its hidden states are wanted, and no tokens. */
  get isPooled(): boolean {
    return this.pooled !== undefined;
  }

  /** What is made of the hidden states of sequence `index` of the step. */
  fillPooling(batch: Batch, index: number): void {
    if (this.pooled) this.pooled.fill(batch, index, this.sequence);
    else batch.pooling[index] = poolings.none;
  }

  takePooled(batch: Batch, index: number): void {
    this.pooled?.take(batch, index);
  }

  /** Whether the next token depends on nothing but those before it, so that it can be guessed at. */
  get isPlain(): boolean {
    return !this.matcher && !this.adjustments && !this.pooled;
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

  /** Takes the token that a row got; true if it ends the answer. */
  take(batch: Batch, row: number): boolean {
    const token = batch.sampled[row] ?? 0;
    if (this.stops.has(token)) return true;
    this.matcher?.accept(token);
    // A stop token that the request does not know, but its grammar does.
    if (this.matcher?.isDone) return true;
    this.told += 1;
    this.adjustments?.add(token);
    const generated = this.tokenOf(batch, row, token);
    if (this.taken) this.taken.push(generated);
    // A list that begins empty takes room for many.
    else this.taken = [generated];
    return false;
  }

  /** Tells what was taken in a step, and the end. */
  tell(): void {
    const { taken } = this;
    this.taken = undefined;
    if (taken) this.sink.tokens(taken);
    if (!this.reason || this.isOver) return;
    this.isOver = true;
    this.end(this.reason);
  }

  private end(reason: FinishReason): void {
    this.matcher?.dispose();
    const { found, request } = this.sequence;
    this.sink.end({
      reason,
      ...(this.problem !== undefined && { problem: this.problem }),
      cachedTokens: found,
      promptTokens: request.prompt.length,
      answerTokens: this.told,
      ...(this.pooled && reason === "stop" && { embedding: this.pooled.value(request.prompt.length) }),
    });
  }

  private tokenOf(batch: Batch, row: number, token: number): GeneratedToken {
    const { logprobs } = this.request.sampling;
    if (logprobs < 0) return { token };
    const logprob = batch.logprob[row] ?? 0;
    if (logprobs === 0) return { token, logprob };
    const apart = batch.topTokens.length / batch.sampled.length;
    const top = Array.from({ length: logprobs }, (_, rank) => ({
      token: batch.topTokens[row * apart + rank] ?? 0,
      logprob: batch.topLogprob[row * apart + rank] ?? 0,
    }));
    return { token, logprob, top };
  }
}
