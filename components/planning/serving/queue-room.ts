/** Whether a team's queue has a place for what is served there, and for one replica more in an update. */
import type { Path, Problem } from "../problem.ts";
import { type QuotaPlan, quotaCeiling } from "../quota.ts";
import { ofProfile } from "../sharing.ts";
import { type ModelPool, type ModelRequest, replicaDevice } from "./model-plan.ts";

/** Deployments wait in Kueue's queues only; elsewhere their pods would be in nobody's quota. */
export function serverBackendProblems(path: Path, backend: string): Problem[] {
  if (backend === "kueue") return [];
  return [
    {
      path: [...path, "pool"],
      given: `a server on accelerators with backend "${backend}"`,
      allowed: "none: it would count its pods in nobody's quota",
      remedy: 'use backend "kueue", or leave out the pool',
    },
  ];
}

/** Slices that the pool has, and the team has none of; `quotas` are the team's in this pool, at least one. */
export function profileQuotaProblems(
  request: ModelRequest,
  pool: ModelPool,
  quotas: readonly Pick<QuotaPlan, "profile">[],
): Problem[] {
  const { path, team, profile } = request;
  if (ofProfile(quotas, profile) || !replicaDevice(request, pool)) return [];
  const known = quotas.map((quota) => quota.profile).join(", ");
  return [
    {
      path: [...path, "profile"],
      given: JSON.stringify(profile),
      allowed: `a profile of which team ${team} has a quota in pool ${pool.name}: ${known}`,
      remedy: `choose one of these, or give team ${team} a quota of ${profile}`,
    },
  ];
}

/** What a model that nothing is wrong with by itself takes of its team's quota. */
export interface QueueDemand {
  readonly request: ModelRequest;
  readonly accelerators: number;
  /** On top, while a rollout runs. */
  readonly surge: number;
}

/** A rollout without room for its new replicas never ends (F115); one model is rolled out at a time. */
export function rolloutProblems(
  own: readonly QueueDemand[],
  quota: Pick<QuotaPlan, "team" | "pool" | "accelerators" | "borrowingLimit">,
): Problem[] {
  const [largest] = own.toSorted((a, b) => b.surge - a.surge);
  const most = own.reduce((total, { accelerators }) => total + accelerators, largest?.surge ?? 0);
  const ceiling = quotaCeiling(quota);
  const field = largest?.request.isServer ? ["replicas"] : ["headroom", "surge"];
  if (!largest || most <= ceiling) return [];
  return [
    {
      path: [...largest.request.path, ...field],
      given: `${most} in pool ${quota.pool} at the height of a rollout of ${largest.request.name}`,
      allowed: `${ceiling}, what team ${quota.team} owns and may borrow there`,
      remedy: `raise the quota by ${most - ceiling}, or lower ${field.at(-1)}`,
    },
  ];
}
