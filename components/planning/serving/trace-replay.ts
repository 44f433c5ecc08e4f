/**
 * Requests of a trace on a number of replicas, event by event: no chance, no clock, the same outcome every
 * time.
 */

import { sum } from "../sum.ts";
import { type Lane, makeLane, type ServedRequest } from "./lane.ts";
import { percentile } from "./percentile.ts";
import type { Objective } from "./replica-count.ts";
import type { ReplicaEngine } from "./replica-engine.ts";
import type { TracedRequest } from "./request-trace.ts";

export interface ReplayFigures {
  readonly requests: number;
  /** Requests that no replica has room for. */
  readonly refused: number;
  readonly ttft: { readonly mean: number; readonly p95: number };
  readonly tpot: { readonly mean: number; readonly p95: number };
}

export function replayTrace(
  engine: ReplicaEngine,
  requests: readonly TracedRequest[],
  replicas: number,
): ReplayFigures {
  const served: ServedRequest[] = [];
  let refused = 0;
  const lanes = Array.from({ length: replicas * engine.groups * engine.lanes }, () =>
    makeLane(engine, (_request, outcome) => {
      if (outcome) served.push(outcome);
      else refused += 1;
    }),
  );
  for (const request of requests) {
    for (const lane of lanes) lane.advance(request.arrivalSeconds);
    leastLoaded(lanes)?.accept(request);
  }
  for (const lane of lanes) lane.advance(Number.POSITIVE_INFINITY);
  const ttft = served.map(({ ttftSeconds }) => ttftSeconds);
  const tpot = served.flatMap(({ tpotSeconds }) => tpotSeconds ?? []);
  return { requests: requests.length, refused, ttft: figuresOf(ttft), tpot: figuresOf(tpot) };
}

/** Fewest tokens of prompts to compute, then fewest requests, then the first. */
function leastLoaded(lanes: readonly Lane[]): Lane | undefined {
  let best = lanes[0];
  for (const lane of lanes) {
    if (best === undefined) break;
    const prompts = lane.promptTokens() - best.promptTokens();
    if (prompts < 0 || (prompts === 0 && lane.requests() < best.requests())) best = lane;
  }
  return best;
}

function figuresOf(seconds: readonly number[]) {
  return { mean: seconds.length === 0 ? 0 : sum(seconds) / seconds.length, p95: percentile(seconds, 0.95) };
}

export function meetsObjective({ refused, ttft, tpot }: ReplayFigures, objective: Objective): boolean {
  return refused === 0 && ttft.p95 <= objective.ttftSeconds && tpot.p95 <= objective.tpotSeconds;
}

/** More than anybody runs: a trace that needs them is refused. */
const mostReplicas = 1024;

/** The fewest replicas with which a replay meets the objective; undefined where no number does. */
export function replayedReplicas(
  engine: ReplicaEngine,
  requests: readonly TracedRequest[],
  objective: Objective,
): number | undefined {
  const meets = (replicas: number) => meetsObjective(replayTrace(engine, requests, replicas), objective);
  let enough = 1;
  while (!meets(enough)) {
    if (enough >= mostReplicas) return undefined;
    enough *= 2;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (meets(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
