/** All that the engine does for one request: its choices, which end, fail and wait together. */
import type {
  Engine,
  GeneratedToken,
  Generation,
  GenerationEnd,
  GenerationRequest,
  GenerationSink,
} from "../engine/contract.ts";
import { AnswerText, type Piece } from "./answer-text.ts";
import { apiErrorOf } from "./api-error.ts";
import { failureOf, refusalOf } from "./engine-failure.ts";
import type { TextModel } from "./text.ts";

export interface Choice {
  readonly request: GenerationRequest;
  readonly stops: readonly string[];
  /** Special tokens that are text to whoever reads the answer. */
  readonly marks: readonly string[];
  /** Its listener may have enough at any token, whatever else a step brought. */
  readonly isHeardByToken: boolean;
  /** The field that its grammar was made of. */
  readonly grammarParam?: string;
}

export interface ChoiceEnd {
  readonly finish: "stop" | "length";
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly answerTokens: number;
}

/** Hears of the choices by their numbers. */
export interface WorkListener {
  /** The engine took it up so long ago. */
  begun(choice: number, millisecondsAgo: number): void;
  /** "enough": the choice is whole, and nothing more of it is wanted. */
  piece(choice: number, piece: Piece): "enough" | undefined;
  /** Once for each choice, unless the work fails. */
  end(choice: number, end: ChoiceEnd): void;
  /** Its reader is slow, or takes more again. */
  held(isHeld: boolean): void;
}

export interface WorkOptions {
  readonly engine: Engine;
  readonly text: TextModel;
  readonly choices: readonly Choice[];
  readonly listener: WorkListener;
  /** Seconds after which a client that was sent away may come back. */
  readonly retrySeconds: () => number;
}

export class Work {
  /** The end of each choice; rejects with the first error, and nothing is heard after it. */
  readonly done: Promise<readonly ChoiceEnd[]>;
  private readonly options: WorkOptions;
  private readonly generations: Generation[] = [];
  private readonly ends: (ChoiceEnd | undefined)[];
  private readonly resolvers = Promise.withResolvers<readonly ChoiceEnd[]>();
  private isOver = false;

  /** Throws if the engine does not take every choice; those that it took are let go. */
  constructor(options: WorkOptions) {
    this.options = options;
    this.ends = options.choices.map(() => undefined);
    this.done = this.resolvers.promise;
    // A failure is told to whoever waits; if nobody does yet, it is kept until somebody does.
    this.done.catch(() => undefined);
    for (const [index, choice] of options.choices.entries()) this.submit(index, choice);
  }

  /** Ends every choice; does nothing once all ended. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const generation of this.generations) generation.abort();
    this.resolvers.reject(error);
  }

  /** Its reader is slow: nothing more is generated until it is let go. */
  hold(isHeld: boolean): void {
    if (this.isOver) return;
    for (const generation of this.generations) generation.hold(isHeld);
    this.options.listener.held(isHeld);
  }

  private submit(index: number, choice: Choice): void {
    const { admission, generation } = this.options.engine.submit(choice.request, this.sinkOf(index, choice));
    if (generation) this.generations.push(generation);
    if (admission === "waiting") return;
    const error = refusalOf(admission, choice.request, this.options.retrySeconds());
    this.fail(error);
    throw error;
  }

  private sinkOf(index: number, { stops, marks, isHeardByToken, grammarParam }: Choice): GenerationSink {
    const answer = new AnswerText(this.options.text, stops, marks);
    /** The engine's turn must not end by what a listener does. */
    const guarded = (action: () => void) => {
      if (this.isOver) return;
      try {
        action();
      } catch (error) {
        this.fail(apiErrorOf(error));
      }
    };
    return {
      begun: (ago) => guarded(() => this.options.listener.begun(index, ago)),
      tokens: (tokens) =>
        guarded(() => {
          const parts = isHeardByToken ? tokens.map((token) => [token]) : [tokens];
          for (const part of parts) this.heard(index, answer, part);
        }),
      end: (end) => guarded(() => this.ended(index, answer, end, grammarParam)),
    };
  }

  private heard(index: number, answer: AnswerText, tokens: readonly GeneratedToken[]): void {
    if (answer.isStopped) return;
    const piece = answer.push(tokens);
    if (this.options.listener.piece(index, piece) === "enough") answer.stop();
    if (answer.isStopped) this.generations[index]?.abort();
  }

  private ended(index: number, answer: AnswerText, end: GenerationEnd, grammarParam?: string): void {
    const { reason, promptTokens, cachedTokens } = end;
    if (!answer.isStopped && reason !== "stop" && reason !== "length") {
      this.fail(failureOf(end, this.options.retrySeconds(), grammarParam));
      return;
    }
    const text = answer.end();
    if (text !== "") this.options.listener.piece(index, { text, tokens: [] });
    const finish = answer.isStopped || reason === "stop" ? "stop" : "length";
    const ended: ChoiceEnd = { finish, promptTokens, cachedTokens, answerTokens: answer.tokens };
    this.ends[index] = ended;
    this.options.listener.end(index, ended);
    const ends = this.ends.filter((one) => one !== undefined);
    if (ends.length < this.ends.length) return;
    this.isOver = true;
    this.resolvers.resolve(ends);
  }
}
