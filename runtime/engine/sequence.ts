/** One answer that is being written: its tokens, how far they are computed, and the blocks that hold them. */
import { sequenceStatus } from "../device/contract.ts";
import { noBlock } from "./block-pool.ts";
import type { Drafter } from "./drafter.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";
import { Beginning } from "./prefix-cache.ts";

/** The most adapters of a model. */
export const adaptersMax = 32;

export interface SequenceRequest {
  /** At least one token. */
  readonly prompt: Int32Array;
  /** The most tokens of the answer; at least one, and none where `pooling` is told. */
  readonly answerTokens: number;
  /** Its hidden states are wanted, and no answer: those of its last token, or of all of them. */
  readonly pooling?: "last" | "mean";
  /** Who pays for it: tenants that wait share the engine evenly. */
  readonly tenant: string;
  /** Lower ones go first. Default: 0. */
  readonly priority?: number;
  /** Prompts of one salt never share blocks with those of another. Default: 0. */
  readonly salt?: number;
  /** The number of the adapter that it is computed with, from 1. Default: 0, the model alone. */
  readonly adapter?: number;
}

export type SequenceState = "waiting" | "running" | "finished" | "aborted" | "crowded-out";

export class Sequence {
  readonly request: SequenceRequest;
  /** The prompt, and what was answered so far; the rest is room. */
  readonly tokens: Int32Array;
  /** In the order of its tokens; `noBlock` from `blockCount` on. */
  readonly blocks: Int32Array;
  blockCount = 0;
  /** Where its beginning was found when it was last looked for. */
  readonly beginning: Beginning;
  /** Tokens that are known: of the prompt and of the answer. */
  known: number;
  /** Tokens whose keys and values lie in its blocks. */
  computed = 0;
  /** Tokens that the step under way computes, drafts among them. */
  scheduled = 0;
  /** Tokens that the step behind it computes, which was begun before the first of them is known. */
  ahead = 0;
  /** Its number among the rows of the step that was begun last. */
  row = 0;
  /** Guesses that stand behind the known tokens while a step computes them. */
  drafts = 0;
  /** Whether nobody has to know its next token for the one after it to be computed. */
  isPlain = false;
  /** Makes them; undefined for a sequence whose next token depends on more than the tokens before it. */
  drafter: Drafter | undefined;
  /** Says what may come next; undefined for a sequence that is free. */
  matcher: GrammarMatcher | undefined;
  /** Tokens that the last step brought. */
  gained = 0;
  /** What its device said of the last row that counts. */
  status: number = sequenceStatus.well;
  /** Whole blocks that others can find, and the one to name as parent of the next. */
  remembered = 0;
  parent = noBlock;
  state: SequenceState = "waiting";
  preemptions = 0;
  /** Tokens of the prompt that were there when it was first let in. */
  found = 0;
  /** Whoever reads its answer is slow: it computes nothing, and has blocks only while nobody needs them. */
  isHeld = false;
  /** How often it lost blocks while it did not run; nothing is given up for it. */
  evictions = 0;
  /** Place in the order of arrival. */
  arrival = 0;

  constructor(request: SequenceRequest, blockTokens: number) {
    const { prompt, answerTokens, pooling } = request;
    if (prompt.length === 0) throw new RangeError("a prompt has at least one token");
    if (pooling && answerTokens !== 0) {
      throw new RangeError(`an embedding has no answer, and none of ${answerTokens} tokens`);
    }
    if (!pooling && (!Number.isInteger(answerTokens) || answerTokens < 1)) {
      throw new RangeError(`an answer has at least one token, not ${answerTokens}`);
    }
    this.request = request;
    this.tokens = new Int32Array(prompt.length + answerTokens);
    this.tokens.set(prompt);
    this.known = prompt.length;
    this.blocks = new Int32Array(Math.ceil(this.tokens.length / blockTokens)).fill(noBlock);
    this.beginning = new Beginning(this.blocks.length);
  }

  get priority(): number {
    return this.request.priority ?? 0;
  }

  get adapter(): number {
    return this.request.adapter ?? 0;
  }

  /** What an adapter has changed is found by requests of the same one alone. */
  get salt(): number {
    return (this.request.salt ?? 0) * (adaptersMax + 1) + this.adapter;
  }

  /** What may come next is not known yet: no step takes it. */
  get isAwaited(): boolean {
    return this.matcher?.isReady === false;
  }

  /** Each of its tokens is computed, whatever the prefix cache has. */
  get isWhole(): boolean {
    return this.request.pooling === "mean";
  }

  /** A step is complete: what was begun behind it is under way now. False if that is nothing of this one. */
  passOn(): boolean {
    this.scheduled = this.ahead;
    this.ahead = 0;
    this.drafts = 0;
    return this.scheduled > 0;
  }

  /** Prompt and answer so far. */
  get said(): Int32Array {
    return this.tokens.subarray(0, this.known);
  }

  /** The answer so far. */
  get answer(): Int32Array {
    return this.tokens.subarray(this.request.prompt.length, this.known);
  }

  get isFull(): boolean {
    return this.known === this.tokens.length;
  }
}
