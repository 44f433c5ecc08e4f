/** What a queueing system cannot do for a gang, each with the way out. */
import { topologyLabels } from "../catalogue/labels.ts";
import type { Path, Problem } from "../planning/problem.ts";
import type { BackendName } from "../scheduling/backend.ts";

export interface GangWish {
  /** The label of the network domain that it names, or the domain's own name. */
  readonly domain?: string | undefined;
}

/** Problems of a job in a queue of this system. */
export function gangProblems(path: Path, { domain }: GangWish, backend: BackendName): Problem[] {
  if (backend !== "volcano" || (domain !== "node" && domain !== topologyLabels.node)) return [];
  return [
    {
      path: [...path, "topology", domain === "node" ? "domain" : "level"],
      given: JSON.stringify(domain),
      allowed: 'a domain of several nodes with backend "volcano", whose domains begin above the node',
      remedy: "ask for one pod with all the accelerators of the node, or name a wider domain",
    },
  ];
}

/** Kinds that a controller serves wait in queues by labels that only Kueue reads. */
export function kindProblems(path: Path, controller: string, backend: BackendName): Problem[] {
  if (backend === "kueue") return [];
  return [
    {
      path: [...path, "kind"],
      given: `a kind that ${controller} serves`,
      allowed: `a plain gang with backend "${backend}": pods of other kinds would be in nobody's quota`,
      remedy: 'make it a plain gang, or use backend "kueue"',
    },
  ];
}
