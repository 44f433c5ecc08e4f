/** What a queueing system cannot do for a gang, each with the way out. */
import { topologyLabels } from "../catalogue/labels.ts";
import type { Path, Problem } from "../planning/problem.ts";
import type { BackendName } from "../scheduling/backend.ts";

export interface GangWish {
  /** The label of the network domain that it names, or the domain's own name. */
  readonly domain?: string | undefined;
  /** The field by which its pods come and go while it runs. Default: they are always the same. */
  readonly elasticBy?: "elastic" | "autoscaling" | undefined;
}

/** What its queue is part of. */
export interface GangQueue {
  readonly backend: BackendName;
  readonly elasticJobs: boolean;
}

/** Pods that a gang can come to have: one that may grow has no number of its own. */
export function podsAtMost({
  nodes,
  elastic,
}: {
  readonly nodes: number;
  readonly elastic: boolean;
}): number {
  return elastic ? Number.POSITIVE_INFINITY : nodes;
}

/** Problems of a gang in such a queue. */
export function gangProblems(path: Path, wish: GangWish, queue: GangQueue): Problem[] {
  return [...domainProblems(path, wish, queue), ...elasticProblems(path, wish, queue)];
}

function domainProblems(path: Path, { domain }: GangWish, { backend }: GangQueue): Problem[] {
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

/** Kueue places what a job grows by wherever there is room, and says so only once the job is sent. */
function elasticProblems(path: Path, { domain, elasticBy }: GangWish, { elasticJobs }: GangQueue): Problem[] {
  if (!elasticBy) return [];
  const isSection = elasticBy === "autoscaling";
  const refused = { path: [...path, elasticBy], given: isSection ? "a section" : "true" };
  const fixed = isSection ? "nothing" : "false";
  const problems: Problem[] = [];
  if (!elasticJobs) {
    problems.push({
      ...refused,
      allowed: `${fixed} while queueing.elasticJobs is off`,
      remedy: `set queueing.elasticJobs, or leave ${elasticBy} out`,
    });
  }
  if (domain !== undefined) {
    problems.push({
      ...refused,
      allowed: `${fixed} for a job that names a network domain`,
      remedy: `leave topology out, or ${elasticBy}`,
    });
  }
  return problems;
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
