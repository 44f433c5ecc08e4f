/** What the engine's own process and its parent tell each other; arrays and maps cross as they are. */
import type {
  EngineFacts,
  EngineStats,
  GeneratedToken,
  GenerationEnd,
  GenerationRequest,
} from "./contract.ts";

export type ToEngine =
  | { readonly type: "submit"; readonly id: number; readonly request: GenerationRequest }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "hold"; readonly id: number; readonly isHeld: boolean }
  | { readonly type: "close" };

/** What a step brought to one request. */
export interface AnswerMessage {
  readonly id: number;
  /** Its first tokens were taken into a step so long before this was told. */
  begunMillisecondsAgo?: number;
  readonly tokens: GeneratedToken[];
  end?: GenerationEnd;
}

export type FromEngine =
  | { readonly type: "ready"; readonly facts: EngineFacts }
  | { readonly type: "turn"; readonly stats: EngineStats; readonly answers: readonly AnswerMessage[] }
  | { readonly type: "lost"; readonly message: string };
