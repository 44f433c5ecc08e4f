/** How long the requests of an inference server may be: its model bounds them, and so does its KV cache. */
import type { ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { servingEngines } from "../../catalogue/serving-engines.ts";
import { cacheBytesPerToken } from "../models/cache.ts";
import type { Path, Problem } from "../problem.ts";

export interface AskedContext {
  /** Tokens of the longest request, where somebody says it. */
  readonly context?: number | undefined;
  /** Nothing where an accelerator has what weights leave of its memory. */
  readonly kvCacheMiB?: number | undefined;
}

/** How the runtime keeps keys and values: all of them, also where a layer looks at a window alone. */
export const runtimeCache = { dtype: "bf16", ignoreWindows: true } as const;
/** The most tokens of a request where nothing is said; the runtime's own default. */
const usualContext = 8192;
/** A server that answers fewer does not start. */
const leastContext = 16;
/** Part of the cache that the runtime leaves to sequences which grow; its own default. */
const spareFraction = 0.02;
const { blockTokens } = servingEngines.plinth;

/** Tokens of the longest request; where nothing is said, no more than the cache holds. */
export function longestContext({ context, kvCacheMiB }: AskedContext, model: ModelArchitecture): number {
  return context ?? Math.min(model.maxContext, usualContext, heldTokens(kvCacheMiB, model));
}

/** Tokens of the longest request that a cache has room for; blocks are given out whole. */
function heldTokens(kvCacheMiB: number | undefined, model: ModelArchitecture): number {
  if (kvCacheMiB === undefined) return Number.POSITIVE_INFINITY;
  return Math.floor((kvCacheMiB * 2 ** 20 * (1 - spareFraction)) / blockBytes(model)) * blockTokens;
}

function blockBytes(model: ModelArchitecture): number {
  return cacheBytesPerToken(model, runtimeCache) * blockTokens;
}

/** Requests that the model was not made for, or that the cache does not hold: the runtime does not start. */
export function contextProblems(asked: AskedContext, model: ModelArchitecture, path: Path): Problem[] {
  const { context, kvCacheMiB } = asked;
  if (context !== undefined && context > model.maxContext) {
    return [
      {
        path: [...path, "context"],
        given: `${context} tokens`,
        allowed: `1 to ${model.maxContext}, what the model was made for`,
        remedy: `lower it to ${model.maxContext}`,
      },
    ];
  }
  const held = heldTokens(kvCacheMiB, model);
  const wanted = context ?? leastContext;
  if (wanted <= held) return [];
  const needed = neededMiB(wanted, model);
  return [
    {
      path: [...path, context === undefined ? "kvCacheMiB" : "context"],
      given: `${wanted} tokens of context, where ${kvCacheMiB} MiB of KV cache hold ${held}`,
      allowed: context === undefined ? `at least ${needed} MiB` : `at most ${held} tokens`,
      remedy: `${held < leastContext ? "" : `lower context to ${held}, or `}raise kvCacheMiB to ${needed}`,
    },
  ];
}

function neededMiB(tokens: number, model: ModelArchitecture): number {
  const blocks = Math.ceil(tokens / blockTokens);
  return Math.ceil((blocks * blockBytes(model)) / (1 - spareFraction) / 2 ** 20);
}
