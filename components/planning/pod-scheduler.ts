/** Which of a cluster's schedulers places the pods of a DRA pool. */
import type { Schedulers } from "../catalogue/schedulers.ts";
import type { Path, Problem } from "./problem.ts";
import type { Sharing } from "./sharing.ts";

/** A profile that no scheduler of the cluster has; `path` is of the pool's sharing. */
export function schedulerProblems(path: Path, sharing: Sharing, schedulers: Schedulers = {}): Problem[] {
  const profile = sharing.mode === "dra" ? sharing.schedulerProfile : undefined;
  if (profile === undefined || profile === "spread" || schedulers[profile] !== undefined) return [];
  const offered = Object.entries(schedulers).flatMap(([known, name]) => (name === undefined ? [] : [known]));
  return [
    {
      path: [...path, "schedulerProfile"],
      given: `"${profile}"`,
      allowed: `${["spread", ...offered].join(", ")}: how the schedulers of this cluster place pods`,
      remedy:
        "leave schedulerProfile out, or give the cluster such a scheduler: on one machine by starting it " +
        "with PLINTH_SCHEDULER_EXTENDER, on premises by naming one in schedulers",
    },
  ];
}

/**
 * The schedulerName of the pool's pods; undefined for the cluster's own. By default the one that wastes
 * least, where there is one: on the openb trace packing by requests, which tell no claims, is worse than
 * to spread.
 */
export function podScheduler(sharing: Sharing, schedulers: Schedulers = {}): string | undefined {
  if (sharing.mode !== "dra") return undefined;
  const { schedulerProfile = "waste" } = sharing;
  return schedulerProfile === "spread" ? undefined : schedulers[schedulerProfile];
}
