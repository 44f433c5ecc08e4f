/** What the server asks of the engine, wherever it runs. */

export interface Sampling {
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  /** 0: no limit. */
  readonly topK: number;
  /** 1: no limit. */
  readonly topP: number;
  /** 0: no limit. */
  readonly minP: number;
  readonly seed: bigint;
  /** 1: none. Divides the logits of tokens that occur in prompt or answer. */
  readonly repetitionPenalty: number;
  /** 0: none. Taken off the logit of a token once, or as often as it occurs in the answer. */
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Added to the logits of single tokens. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** Alternatives told beside each token; -1: not even the log probability of the token itself. */
  readonly logprobs: number;
}

/** What an embedding is made of: the hidden state of the last token, or the mean over all of them. */
export type Pooling = "last" | "mean";

export interface GenerationRequest {
  /** At least one token. */
  readonly prompt: Int32Array;
  /** The most tokens of the answer; at least one, and none where `pooling` is told. */
  readonly answerTokens: number;
  /** An embedding is wanted, and no answer. */
  readonly pooling?: Pooling;
  /** Fewer tokens than this are never the end. Default: 0. */
  readonly minimumTokens?: number;
  /** Any of them ends the answer and is not part of it. */
  readonly stopTokens: readonly number[];
  readonly sampling: Sampling;
  /** Whose it is: tenants that wait share the engine evenly. */
  readonly tenant: string;
  /** Lower ones go first. Default: 0. */
  readonly priority?: number;
  /** Prompts of one salt never share cached blocks with those of another. Default: 0. */
  readonly salt?: number;
  /** The number of the adapter that it is computed with, from 1. Default: 0, the model alone. */
  readonly adapter?: number;
  /** Makes a mask of what may come next, from what came so far. */
  readonly grammar?: GrammarSource;
}

/** What a constrained answer must be; it is compiled where the engine runs. */
export type GrammarSource =
  | { readonly type: "json-schema"; readonly schema: object }
  | { readonly type: "json-object" }
  | { readonly type: "ebnf"; readonly grammar: string }
  | ToolCallsGrammar
  | AfterThoughtGrammar
  | AfterThoughtTokensGrammar;

/**
 * Free text, and in it calls of tools, each between its marks and with arguments that fit its schema; with a
 * format nothing but calls, or a text that follows it.
 */
export interface ToolCallsGrammar {
  readonly type: "tool-calls";
  /** What every call begins with. */
  readonly trigger: string;
  readonly calls: readonly { readonly begin: string; readonly schema: object; readonly end: string }[];
  readonly format?: { readonly grammar: GrammarSource; readonly isParallel: boolean };
}

/** A thought up to its closing mark, and then what follows a grammar. */
export interface AfterThoughtGrammar {
  readonly type: "after-thought";
  readonly open: string;
  readonly close: string;
  /** The prompt has opened the thought; otherwise the answer may, or have none. */
  readonly isOpen: boolean;
  readonly grammar: GrammarSource;
}

/** The same where special tokens are the marks of a thought: what follows a grammar begins behind `close`. */
export interface AfterThoughtTokensGrammar {
  readonly type: "after-thought-tokens";
  readonly open: number;
  readonly close: number;
  readonly isOpen: boolean;
  readonly grammar: GrammarSource;
}

export interface GeneratedToken {
  readonly token: number;
  /** Natural logarithm; absent if nobody asked for it. */
  readonly logprob?: number;
  readonly top?: readonly { readonly token: number; readonly logprob: number }[];
}

export type FinishReason =
  | "stop"
  | "length"
  | "aborted"
  | "crowded-out"
  | "non-finite-logits"
  | "grammar-refused"
  | "failed"
  | "device-lost";

export interface GenerationEnd {
  readonly reason: FinishReason;
  /**
   * Why a grammar was refused or crowded out, in words for whoever wrote it; of "failed", in words for the
   * log alone.
   */
  readonly problem?: string;
  /** Tokens of the prompt that the prefix cache had. */
  readonly cachedTokens: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** Of a request with a pooling that ended well; as the model computed it, of whatever length. */
  readonly embedding?: Float32Array;
}

/** Called from the engine's own turn: neither may throw. */
export interface GenerationSink {
  /** So long ago its first tokens were taken into a step; once, before everything else. Default: unheard. */
  begun?(millisecondsAgo: number): void;
  /** What one step brought; never called after `end`. */
  tokens(tokens: readonly GeneratedToken[]): void;
  /** Exactly once for each request that was taken. */
  end(end: GenerationEnd): void;
}

/** "unavailable": the engine starts, or starts again. */
export type Admission = "waiting" | "queue-full" | "never-fits" | "unavailable";

/** One request that the engine has taken. */
export interface Generation {
  /** Nobody wants it any more; its end has the reason "aborted", unless another came first. */
  abort(): void;
  /** Its reader is slow: no further tokens until it is let go again. */
  hold(isHeld: boolean): void;
}

export interface EngineFacts {
  readonly device: string;
  readonly vocabularySize: number;
  /** Values of an embedding. */
  readonly hiddenSize: number;
  /** The most tokens of prompt and answer together. */
  readonly sequenceTokens: number;
  readonly blockTokens: number;
  readonly blocks: number;
  readonly weightBytes: number;
  readonly kvCacheBytes: number;
  readonly workspaceBytes: number;
  /** Names of the adapters that requests may ask for, in order of their numbers. Absent: none. */
  readonly adapters?: readonly string[];
  /** Requests that are computed at a time. */
  readonly sequences: number;
  /** Requests that may be taken and not yet ended, running ones among them. */
  readonly requests: number;
}

export interface EngineStats {
  readonly running: number;
  readonly waiting: number;
  readonly usedBlocks: number;
  readonly preemptions: number;
  readonly steps: number;
  readonly prefixQueryTokens: number;
  readonly prefixHitTokens: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  /** Steps of sequences that had drafts; the drafts; those that were right, all and by their place. */
  readonly drafts: number;
  readonly draftTokens: number;
  readonly acceptedTokens: number;
  readonly acceptedByPlace: readonly number[];
}

export interface Engine {
  readonly facts: EngineFacts;
  /** Whether a step has been computed for real and more can be. */
  readonly isReady: boolean;
  /** How often it was lost and came back. */
  readonly restarts: number;
  /** Answers at once; a request that is not "waiting" hears nothing more. */
  submit(request: GenerationRequest, sink: GenerationSink): { admission: Admission; generation?: Generation };
  stats(): EngineStats;
  /** "device-lost" to every request that is left; resolves once nothing runs. */
  close(): Promise<void>;
}
