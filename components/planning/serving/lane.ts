/**
 * One batch of an engine, step by step: prompts are taken in chunks in the order that they come, beside the
 * sequences that get a token each step. A request enters when its whole sequence has room, so none is
 * put out.
 */
import type { ReplicaEngine } from "./replica-engine.ts";
import type { TracedRequest } from "./request-trace.ts";

/** What a request lived to see. */
export interface ServedRequest {
  readonly ttftSeconds: number;
  /** Undefined of answers of one token. */
  readonly tpotSeconds: number | undefined;
}

interface Waiting {
  readonly request: TracedRequest;
  /** Part of the lane's memory that it takes. */
  readonly room: number;
  promptDone: number;
  hasEntered: boolean;
}

interface Answering {
  readonly request: TracedRequest;
  readonly room: number;
  readonly firstTokenSeconds: number;
}

/** Lengths are rounded up to so many tokens when their room is asked for. */
const roomTokens = 256;

export interface Lane {
  /** Tokens of prompts that are not computed yet. */
  readonly promptTokens: () => number;
  /** Requests that are not answered yet. */
  readonly requests: () => number;
  /** Takes all steps that begin before a time. */
  readonly advance: (untilSeconds: number) => void;
  readonly accept: (request: TracedRequest) => void;
}

/** A lane that tells of each request when it ends; undefined of one that has no room there at all. */
export function makeLane(
  engine: ReplicaEngine,
  ended: (request: TracedRequest, served: ServedRequest | undefined) => void,
): Lane {
  const lanes = engine.groups * engine.lanes;
  const waiting: Waiting[] = [];
  /** Sequences by the step that they end in. */
  const ends = new Map<number, Answering[]>();
  let clock = 0;
  let steps = 0;
  let answering = 0;
  let contextTokens = 0;
  let promptTokens = 0;
  let taken = 0;

  const begin = ({ request, room }: Waiting) => {
    contextTokens += request.promptTokens + 1;
    answering += 1;
    const last = steps + request.answerTokens - 1;
    ends.set(last, [...(ends.get(last) ?? []), { request, room, firstTokenSeconds: clock }]);
  };
  const end = () => {
    for (const { request, room, firstTokenSeconds } of ends.get(steps) ?? []) {
      answering -= 1;
      contextTokens -= request.promptTokens + request.answerTokens;
      taken -= room;
      const more = request.answerTokens - 1;
      ended(request, {
        ttftSeconds: engine.frontSeconds + firstTokenSeconds - request.arrivalSeconds,
        tpotSeconds: more > 0 ? (clock - firstTokenSeconds) / more : undefined,
      });
    }
    ends.delete(steps);
  };
  const step = () => {
    const chunks = chunksOf(waiting, engine.batchedTokens - answering, (room) => {
      if (taken + room > 1 + 1e-9) return false;
      taken += room;
      return true;
    });
    clock += engine.timer({
      answers: answering,
      answerContext: answering === 0 ? 0 : contextTokens / answering,
      promptTokens: chunks.tokens,
      promptContext: chunks.tokens === 0 ? 0 : chunks.pairs / chunks.tokens,
      prompts: chunks.whole,
    });
    steps += 1;
    contextTokens += answering;
    promptTokens -= chunks.tokens;
    // Whoever had begun before this step may end with it; whoever begins now has one token.
    for (const one of waiting.splice(0, chunks.whole)) begin(one);
    end();
  };
  return {
    promptTokens: () => promptTokens,
    requests: () => waiting.length + answering,
    advance: (untilSeconds) => {
      while (clock < untilSeconds && waiting.length + answering > 0) step();
    },
    accept: (request) => {
      const tokens = Math.ceil((request.promptTokens + request.answerTokens) / roomTokens) * roomTokens;
      const held = engine.sequences(tokens) / lanes;
      if (held < 1) return ended(request, undefined);
      if (waiting.length + answering === 0) clock = Math.max(clock, request.arrivalSeconds);
      promptTokens += request.promptTokens;
      waiting.push({ request, room: 1 / Math.floor(held), promptDone: 0, hasEntered: false });
    },
  };
}

interface Chunks {
  readonly tokens: number;
  /** Pairs of a token and one that it looks back on. */
  readonly pairs: number;
  /** Prompts, from the first on, that are whole with this step. */
  readonly whole: number;
}

/** What a step computes of prompts, first come first served, as long as there is room for them. */
function chunksOf(waiting: readonly Waiting[], budget: number, enter: (room: number) => boolean): Chunks {
  let [tokens, pairs, whole] = [0, 0, 0];
  for (const one of waiting) {
    if (tokens >= budget) break;
    if (!one.hasEntered && !enter(one.room)) break;
    one.hasEntered = true;
    const chunk = Math.min(budget - tokens, one.request.promptTokens - one.promptDone);
    pairs += chunk * (one.promptDone + chunk / 2);
    one.promptDone += chunk;
    tokens += chunk;
    if (one.promptDone === one.request.promptTokens) whole += 1;
  }
  return { tokens, pairs, whole };
}
