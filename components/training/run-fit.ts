/** Whether what every kind of training run asks for can ever be had in the pool of its queue. */
import { fabricShareProblems } from "../planning/fabric.ts";
import { coverageProblems } from "../planning/gang.ts";
import type { Problem } from "../planning/problem.ts";
import { podsOf, type RolePlan, rolesProblems } from "../planning/roles.ts";
import { dedicatedProblems } from "../planning/sharing-problems.ts";
import { levelProblems } from "../planning/topology.ts";
import { coveredResources } from "../scheduling/cluster-queue.ts";
import { placementLevels } from "../scheduling/pool-topology.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { podSize, sharedPlan } from "./run.ts";

/**
 * Roles that do not fit the pool or the queue, all together; `noun` is what messages call the run, `list` the
 * field in which it names its roles, and `pods` how many talk to each other: all, unless told otherwise.
 */
export function roleFitProblems(
  noun: string,
  roles: readonly RolePlan[],
  queue: TeamQueue,
  { list, pods = podsOf(roles) }: { readonly list?: string; readonly pods?: number } = {},
): Problem[] {
  return [
    ...fabricShareProblems(roles, pods, queue.pool),
    ...dedicatedProblems([], noun, sharedPlan(queue)),
    ...rolesProblems([], roles, { ...queue.pool, path: [] }, { ...queue.clusterQueue, path: [] }, list),
  ];
}

/** Pods whose requests the queue does not cover, or whose network domain the pool's nodes do not tell. */
export function podFitProblems(
  pod: { readonly acceleratorsPerNode: number; readonly topology?: { readonly level: string } | undefined },
  queue: TeamQueue,
  levels: readonly string[],
): Problem[] {
  const { requests } = podSize(queue, pod.acceleratorsPerNode, 1);
  const own = placementLevels(queue.pool, queue.clusterQueue.backend, levels);
  return [
    ...coverageProblems(["requests"], requests, coveredResources(queue.pool)),
    ...(pod.topology ? levelProblems(["topology", "level"], pod.topology.level, own) : []),
  ];
}
