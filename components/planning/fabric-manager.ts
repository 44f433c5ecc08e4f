/** NVIDIA's fabric manager and the driver on a node that exists already: both must be one build. */
import type { Path, Problem } from "./problem.ts";

export interface InstalledDriver {
  readonly driver: string;
  /** Left out where the node has none. */
  readonly fabricManager?: string;
}

/** A fabric manager of the same branch is not enough: it refuses any driver but its own. */
export function fabricManagerProblems(path: Path, { driver, fabricManager }: InstalledDriver): Problem[] {
  if (fabricManager === undefined || fabricManager === driver) return [];
  return [
    {
      path: [...path, "fabricManager"],
      given: fabricManager,
      allowed: `${driver}, the version of the driver to the last digit`,
      remedy: `install fabric manager ${driver}`,
    },
  ];
}
