/** What is done to the logits of single tokens before one is chosen: biases, penalties, answers too short. */
import type { Batch } from "../device/contract.ts";
import type { GenerationRequest } from "./contract.ts";

/** Taken off what must not be chosen; finite, since infinite logits are an error of the device. */
const forbidding = 1e30;

/** Of one answer. Tokens are added as they come; a step writes them all to the batch. */
export class Adjustments {
  private readonly request: GenerationRequest;
  private readonly places = new Map<number, number>();
  private readonly tokens: number[] = [];
  private readonly bias: number[] = [];
  /** How often the token occurs in the answer. */
  private readonly answered: number[] = [];
  private readonly isSeen: boolean[] = [];

  private constructor(request: GenerationRequest) {
    this.request = request;
    for (const [token, bias] of request.sampling.logitBias) this.bias[this.place(token)] = bias;
    for (const token of this.isShort(0) ? request.stopTokens : []) this.place(token);
    if (request.sampling.repetitionPenalty === 1) return;
    for (const token of request.prompt) this.isSeen[this.place(token)] = true;
  }

  /** Undefined for a request whose logits stay as they are. */
  static of(request: GenerationRequest): Adjustments | undefined {
    const { repetitionPenalty, presencePenalty, frequencyPenalty, logitBias } = request.sampling;
    const isPenalised = repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
    const isBiased = logitBias.size > 0 || (request.minimumTokens ?? 0) > 0;
    return isPenalised || isBiased ? new Adjustments(request) : undefined;
  }

  add(token: number): void {
    const place = this.place(token);
    this.isSeen[place] = true;
    this.answered[place] = (this.answered[place] ?? 0) + 1;
  }

  /** Writes them from `start` on, for an answer of so many tokens; answers where they end. */
  write(batch: Batch, start: number, answerTokens: number): number {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.request.sampling;
    let end = start;
    for (let place = 0; place < this.tokens.length; place += 1, end += 1) {
      const answered = this.answered[place] ?? 0;
      const penalty = frequencyPenalty * answered + (answered > 0 ? presencePenalty : 0);
      batch.adjustToken[end] = this.tokens[place] ?? 0;
      batch.adjustScale[end] = this.isSeen[place] ? repetitionPenalty : 1;
      batch.adjustAdd[end] = (this.bias[place] ?? 0) - penalty;
    }
    if (this.isShort(answerTokens)) this.forbidStops(batch, start);
    return end;
  }

  private forbidStops(batch: Batch, start: number): void {
    for (const token of this.request.stopTokens) {
      batch.adjustAdd[start + this.place(token)] = -forbidding;
    }
  }

  private isShort(answerTokens: number): boolean {
    return answerTokens < (this.request.minimumTokens ?? 0);
  }

  private place(token: number): number {
    const known = this.places.get(token);
    if (known !== undefined) return known;
    this.places.set(token, this.tokens.length);
    this.tokens.push(token);
    this.bias.push(0);
    this.answered.push(0);
    this.isSeen.push(false);
    return this.tokens.length - 1;
  }
}
