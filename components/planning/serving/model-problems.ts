/** Why a model cannot be served in its pool as it is said, with the figures and what works. */
import { gib } from "../models/engine-reserve.ts";
import { fitProblems } from "../models/fit-problems.ts";
import { modelFit } from "../models/model-fit.ts";
import { ranks } from "../models/parallelism.ts";
import { dollars } from "../money.ts";
import type { Problem } from "../problem.ts";
import type { QuotaPlan } from "../quota.ts";
import { engineProblems } from "./engine-problems.ts";
import {
  demandOutcome,
  type ModelPool,
  type ModelRequest,
  type ModelRow,
  otherWays,
  placedRow,
  poolPlacement,
  replicaDevice,
} from "./model-plan.ts";
import { describedPlacement, type Placement, placementPart } from "./placement.ts";
import type { PlacementOutcome } from "./placement-outcome.ts";
import { longTokens } from "./request-lengths.ts";

/** Alternatives that a message names. */
const named = 3;

export interface ModelVerdict {
  /** Everything that is wrong with it. */
  readonly problems: readonly Problem[];
  /** What it comes to, where that can be told. */
  readonly row?: ModelRow;
}

/** Of one model by itself; `quota` is its team's in the pool, where it has one. */
export function modelVerdict(
  request: ModelRequest,
  pool: ModelPool,
  quota: QuotaPlan | undefined,
): ModelVerdict {
  const place = [...placeProblems(request, pool), ...engineProblems(request, pool)];
  if (place.length > 0) return { problems: place };
  const placement = poolPlacement(request, pool);
  if (!placement) return { problems: [] };
  const fit = memoryProblems(request, placement);
  if (fit.length > 0) return { problems: fit };
  const short = lengthProblems(request);
  if (short.length > 0) return { problems: short };
  const outcome = demandOutcome(request, placement, pool);
  const slow = demandProblems(request, placement, outcome);
  if (slow.length > 0) return { problems: slow };
  const row = placedRow(request, pool, placement, outcome);
  return { problems: quota ? quotaProblems(request, pool, quota, row) : [], row };
}

/** Devices of the pool that a replica cannot take at all. */
function placeProblems(request: ModelRequest, pool: ModelPool): Problem[] {
  const { path, parallelism, profile } = request;
  if (pool.sharing.mode === "dra") {
    return [
      {
        path: [...path, "pool"],
        given: `pool ${pool.name}, whose pods claim devices`,
        allowed: "a pool of whole accelerators, of MIG slices, or shared by time-slicing or MPS",
        remedy: "choose another pool",
      },
    ];
  }
  if (!replicaDevice(request, pool)) return [profileProblem(request, pool)];
  const isPart = pool.sharing.mode !== "dedicated";
  const most = isPart ? 1 : pool.acceleratorsPerNode;
  if (isPart && ranks(parallelism) > 1) {
    return [
      {
        path: [...path, "tensor"],
        given:
          `${ranks(parallelism)} ranks in pool ${pool.name},` +
          ` whose pods have ${profile ?? "a part"} of an accelerator`,
        allowed: "1: parts of accelerators do not reach each other",
        remedy: "take a pool of whole accelerators",
      },
    ];
  }
  if (parallelism.tensor <= most) return [];
  return [
    {
      path: [...path, "tensor"],
      given: String(parallelism.tensor),
      allowed: `1 to ${most}, the accelerators of one node of pool ${pool.name}`,
      remedy: `lower tensor to ${most}${request.isServer ? "" : " and put layers in stages with pipeline"}`,
    },
  ];
}

function profileProblem({ path, profile }: ModelRequest, pool: ModelPool): Problem {
  const layouts = pool.sharing.mode === "mig" ? pool.sharing.layouts : [];
  const profiles = [...new Set(layouts.flatMap((layout) => Object.keys(layout.profiles)))];
  return {
    path: [...path, "profile"],
    given: profile === undefined ? "nothing" : `"${profile}"`,
    allowed: profiles.length > 0 ? profiles.join(", ") : `nothing: pool ${pool.name} is not partitioned`,
    remedy: profiles.length > 0 ? "name the slice that each replica takes" : "leave it out",
  };
}

function memoryProblems(request: ModelRequest, { accelerator, sharing, ...rest }: Placement): Problem[] {
  const { path, modelName: name } = request;
  // What the hardware computes and what the model was made for are the same on a part.
  const early = fitProblems({ ...request, name, accelerator, path }).map(inPool);
  if (sharing.mode === "dedicated") return early;
  const { memoryBytes } = placementPart({ accelerator, sharing, ...rest });
  const { fits, longestContext, share } = modelFit(request, memoryBytes);
  if (early.length > 0 || fits) return early;
  const part = describedPlacement({ accelerator, sharing, ...rest });
  return [
    {
      path: [...path, longestContext === 0 ? "pool" : "context"],
      given:
        `${name} on ${part}: ${gib(share.weightBytes)} of weights, ${gib(share.reserveBytes)} that the` +
        ` engine needs, ${request.context ?? request.model.maxContext} tokens of context`,
      allowed: `${gib(share.usableBytes)} on each, which hold ${longestContext} tokens`,
      remedy:
        longestContext === 0
          ? "take a larger part, a whole accelerator, or a smaller model"
          : `set context to ${longestContext}, or take a larger part`,
    },
  ];
}

/** A model of a stack has its accelerators by its pool. */
function inPool(problem: Problem): Problem {
  const path = problem.path.map((part) => (part === "accelerator" ? "pool" : part));
  return { ...problem, path };
}

/** Requests that an engine with this context refuses, however fast it is. */
function lengthProblems({ path, demand, context, model }: ModelRequest): Problem[] {
  if (!demand) return [];
  const { prompt, answer } = demand.arrivals;
  const wanted = Math.ceil(longTokens(prompt) + longTokens(answer));
  const given = context ?? model.maxContext;
  if (wanted <= given) return [];
  return [
    {
      path: [...path, "context"],
      given: `${given} tokens, while the demand's prompts and answers have ${wanted} together`,
      allowed: `at least ${wanted}`,
      remedy: `set context to ${wanted}, or ask for shorter requests`,
    },
  ];
}

/** An objective that no number of replicas in this pool meets. */
function demandProblems(
  request: ModelRequest,
  placement: Placement,
  outcome: PlacementOutcome | undefined,
): Problem[] {
  if (outcome === undefined || "need" in outcome) return [];
  const ways = otherWays(request)
    .slice(0, named)
    .map(({ description, usdPerMonth }) => `${description} (${dollars(usdPerMonth)} a month)`);
  return [
    {
      path: [...request.path, "demand"],
      given: `${request.modelName} on ${describedPlacement(placement)}: ${outcome.reason}`,
      allowed: "an objective that this pool meets",
      remedy:
        ways.length > 0 ? `take ${ways.join("; or ")}` : "ask for less: nothing in the catalogue meets it",
    },
  ];
}

/** Replicas that are beyond what the team owns could be preempted, and the promise with them. */
function quotaProblems(
  request: ModelRequest,
  pool: ModelPool,
  quota: QuotaPlan,
  { replicas, spare, perReplica, accelerators }: ModelRow,
): Problem[] {
  if (accelerators <= quota.accelerators) return [];
  const lowered = request.demand ? "the demand" : "replicas";
  const { noun = "accelerators" } = replicaDevice(request, pool) ?? {};
  return [
    {
      path: [...request.path, request.demand ? "demand" : "replicas"],
      given: `${replicas} replicas and ${spare} spare ones of ${perReplica}: ${accelerators} ${noun}`,
      allowed: `${quota.accelerators}, what team ${quota.team} owns in pool ${quota.pool}`,
      remedy: `raise the quota by ${accelerators - quota.accelerators}, or lower ${lowered}`,
    },
  ];
}
