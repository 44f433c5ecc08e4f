/** Refuses settings that a queueing system has nothing for; leaving them out silently would be worse. */
import type { Problem } from "../planning/problem.ts";
import type { BackendName, QueueingPlan, QueueingSettings } from "./backend.ts";

/** Why a system cannot do what a setting asks for. */
export type Limits = { readonly [Key in keyof QueueingSettings]?: string };

/** One problem for each setting that is given although the system has nothing for it. */
export function unableProblems(
  { path, settings }: QueueingPlan,
  backend: BackendName,
  limits: Limits,
): Problem[] {
  return Object.entries(limits).flatMap(([key, reason]) => {
    const value = settings[key as keyof QueueingSettings];
    if (!isAsked(value)) return [];
    return [
      {
        path: [...path, key],
        given: typeof value === "object" ? `settings of ${key}` : String(value),
        allowed: `${typeof value === "boolean" ? "false" : "nothing"} with backend "${backend}": ${reason}`,
        remedy: `leave ${key} out, or use backend "kueue"`,
      },
    ];
  });
}

/** Whether a setting says more than nothing. */
function isAsked(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== false;
}

/** A system whose chart the cluster cannot run. */
export function chartProblems({ path, settings, abilities }: QueueingPlan): Problem[] {
  const { backend } = settings;
  if (abilities.charts.some((chart) => chart === backend)) return [];
  const able = abilities.charts.filter((chart) => ["kueue", "volcano", "kai"].includes(chart));
  return [
    {
      path: [...path, "backend"],
      given: JSON.stringify(backend),
      allowed: `one of ${able.join(", ")}, which this cluster can run`,
      remedy: `use backend "${able[0]}", or a cluster that can pull the images of ${backend}`,
    },
  ];
}

/** Quotas of replicas or slices, which only Kueue's queues count as such. */
export function sharedPoolProblems({ pools, quotas }: QueueingPlan, backend: BackendName): Problem[] {
  const shared = pools.filter(({ devices }) => devices?.some(({ noun }) => noun !== "accelerators"));
  return quotas.flatMap(({ path, pool: name }) => {
    const pool = shared.find((candidate) => candidate.name === name);
    if (pool === undefined) return [];
    const nouns = pool.devices?.map(({ noun }) => noun).join(", ");
    return [
      {
        path: [...path, "pool"],
        given: `pool ${name}, which offers ${nouns}`,
        allowed: `a pool of whole accelerators with backend "${backend}"`,
        remedy: 'set sharing.mode of the pool to "dedicated", or use backend "kueue"',
      },
    ];
  });
}
