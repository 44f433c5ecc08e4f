/** Whether a job can ever run: on the nodes of its pool, within its queue, and inside its network domain. */
import { count, type Path, type Problem } from "./problem.ts";
import { type PoolPlan, type QuotaPlan, quotaCeiling } from "./quota.ts";

/** A job whose pods all start together, one per node. */
export interface GangPlan {
  readonly path: Path;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
}

/** Requests that no node or not enough nodes of the pool can hold (F40). */
export function placementProblems(gang: GangPlan, pool: PoolPlan): Problem[] {
  const problems: Problem[] = [];
  if (gang.acceleratorsPerNode > pool.acceleratorsPerNode) {
    problems.push({
      path: [...gang.path, "acceleratorsPerNode"],
      given: String(gang.acceleratorsPerNode),
      allowed: `1 to ${pool.acceleratorsPerNode}, the accelerators of a node of pool ${pool.name}`,
      remedy: `ask for ${pool.acceleratorsPerNode} per node and more nodes, or choose another pool`,
    });
  }
  if (gang.nodes > pool.nodes) {
    const missing = count(gang.nodes - pool.nodes, "node");
    problems.push({
      path: [...gang.path, "nodes"],
      given: String(gang.nodes),
      allowed: `1 to ${pool.nodes}, the nodes of pool ${pool.name}`,
      remedy: `lower nodes to ${pool.nodes}, or add ${missing} to pool ${pool.name}`,
    });
  }
  return problems;
}

/** Jobs larger than everything their queue could ever hold: they would wait for ever. */
export function admissionProblems(gang: GangPlan, quota: QuotaPlan): Problem[] {
  const wanted = gang.nodes * gang.acceleratorsPerNode;
  const ceiling = quotaCeiling(quota);
  if (wanted <= ceiling) return [];
  const missing = wanted - ceiling;
  const own = `${quota.accelerators} own and ${quota.borrowingLimit} borrowed`;
  return [
    {
      path: [...gang.path, "nodes"],
      given: `${wanted} accelerators (${count(gang.nodes, "node")} of ${gang.acceleratorsPerNode})`,
      allowed: `at most ${ceiling} for team ${quota.team} in pool ${quota.pool} (${own})`,
      remedy: `make the job smaller, or raise the team's accelerators or borrowingLimit by ${missing}`,
    },
  ];
}

/** Resources that a pod requests but its queue does not count: Kueue would never admit the job (F42). */
export function coverageProblems(
  path: Path,
  requests: Readonly<Record<string, string>>,
  covered: readonly string[],
): Problem[] {
  return Object.keys(requests)
    .filter((resource) => !covered.includes(resource))
    .map((resource) => ({
      path: [...path, resource],
      given: `a request for ${resource}`,
      allowed: `only ${covered.join(", ")}, which the queue covers`,
      remedy: `drop the request, or add ${resource} to the queue's covered resources`,
    }));
}
