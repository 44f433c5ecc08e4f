/** Whether a job can ever run: on the nodes of its pool, within its queue, and inside its network domain. */
import { count, type Path, type Problem } from "./problem.ts";
import { countedDevices, type PoolPlan, type QuotaPlan, quotaCeiling } from "./quota.ts";
import { ofProfile } from "./sharing.ts";
import { sliceGangProblems } from "./slices.ts";

/** A job whose pods all start together. */
export interface GangPlan {
  readonly path: Path;
  /** Its pods; each has a node of its own only where it takes more than half of one. */
  readonly nodes: number;
  /** Accelerators of each pod. */
  readonly acceleratorsPerNode: number;
  /** MIG profile of its slices. */
  readonly profile?: string;
}

/** Pods that no node, or not all nodes of the pool together, can hold (F40). */
export function placementProblems(gang: GangPlan, pool: PoolPlan): Problem[] {
  // A pool has at least one slice, so a gang that is one fits.
  if (pool.slices) return sliceGangProblems(gang, pool.name, pool.slices);
  const device = ofProfile(countedDevices(pool), gang.profile);
  if (device === undefined) return [];
  const isWhole = device.noun === "accelerators";
  const problems: Problem[] = [];
  if (gang.acceleratorsPerNode > device.perNode) {
    problems.push({
      path: [...gang.path, "acceleratorsPerNode"],
      given: String(gang.acceleratorsPerNode),
      allowed: `1 to ${device.perNode}, the ${device.noun} of a node of pool ${pool.name}`,
      remedy: `ask for ${device.perNode} per node and more nodes, or choose another pool`,
    });
  }
  // A pod that is too large counts as one that has its node alone: how many there are is told as well.
  const podsPerNode = Math.max(1, Math.floor(device.perNode / gang.acceleratorsPerNode));
  const most = isWhole ? pool.nodes * podsPerNode : device.total;
  if (gang.nodes > most) {
    const missing = count(Math.ceil((gang.nodes - most) / podsPerNode), "node");
    const fit =
      isWhole && podsPerNode > 1
        ? `pods of ${count(gang.acceleratorsPerNode, "accelerator")} that fit pool ${pool.name} at once`
        : `${isWhole ? "nodes" : device.noun} of pool ${pool.name}`;
    problems.push({
      path: [...gang.path, "nodes"],
      given: String(gang.nodes),
      allowed: `1 to ${most}, the ${fit}`,
      remedy: `lower nodes to ${most}, or add ${missing} to pool ${pool.name}`,
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
  const noun = gang.profile === undefined ? "accelerators" : `slices ${gang.profile}`;
  const own = `${quota.accelerators} own and ${quota.borrowingLimit} borrowed`;
  return [
    {
      path: [...gang.path, "nodes"],
      given: `${wanted} ${noun} (${count(gang.nodes, "pod")} of ${gang.acceleratorsPerNode})`,
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
