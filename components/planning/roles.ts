/** Whether a gang of several roles can ever run: its pods differ in size, and all of them start together. */
import { admissionProblems, type GangPlan, placementProblems } from "./gang.ts";
import { leastNodes } from "./packing.ts";
import { count, type Path, type Problem } from "./problem.ts";
import { type PoolPlan, type QuotaPlan, quotaCeiling } from "./quota.ts";
import { sum } from "./sum.ts";

/** Pods of one size within a gang. */
export interface RolePlan extends GangPlan {
  readonly name: string;
}

/**
 * Problems of the gang in its pool and its queue, as far as these are known; `path` is the gang's, and `list`
 * the field in which it names its roles.
 */
export function rolesProblems(
  path: Path,
  roles: readonly RolePlan[],
  pool: PoolPlan | undefined,
  quota: QuotaPlan | undefined,
  list = "roles",
): Problem[] {
  const [only] = roles;
  const placed = pool ? roles.flatMap((role) => placementProblems(role, pool)) : [];
  if (roles.length === 1 && only) return [...placed, ...(quota ? admissionProblems(only, quota) : [])];
  // What one role cannot have, all together cannot: said once.
  const together = pool && placed.length === 0 ? poolProblems([...path, list], roles, pool) : [];
  return [...placed, ...together, ...(quota ? queueProblems([...path, list], roles, quota) : [])];
}

/** More nodes than the pool has, however the pods are placed. */
function poolProblems(path: Path, roles: readonly RolePlan[], pool: PoolPlan): Problem[] {
  const needed = leastNodes(roles, pool.acceleratorsPerNode);
  if (needed <= pool.nodes) return [];
  return [
    {
      path,
      given: `${count(needed, "node")} at once (${describe(roles)})`,
      allowed: `at most ${pool.nodes}, the nodes of pool ${pool.name}`,
      remedy: `make a role smaller, or add ${count(needed - pool.nodes, "node")} to pool ${pool.name}`,
    },
  ];
}

/** More than everything the queue could ever hold. */
function queueProblems(path: Path, roles: readonly RolePlan[], quota: QuotaPlan): Problem[] {
  const wanted = accelerators(roles);
  const ceiling = quotaCeiling(quota);
  const missing = wanted - ceiling;
  if (missing <= 0) return [];
  const own = `${quota.accelerators} own and ${quota.borrowingLimit} borrowed`;
  return [
    {
      path,
      given: `${wanted} accelerators (${describe(roles)})`,
      allowed: `at most ${ceiling} for team ${quota.team} in pool ${quota.pool} (${own})`,
      remedy: `make a role smaller, or raise the team's accelerators or borrowingLimit by ${missing}`,
    },
  ];
}

/** All accelerators that the roles hold together. */
export function accelerators(roles: readonly Omit<GangPlan, "path">[]): number {
  return sum(roles.map(({ nodes, acceleratorsPerNode }) => nodes * acceleratorsPerNode));
}

/** All pods with accelerators. */
export function podsOf(roles: readonly Pick<GangPlan, "nodes">[]): number {
  return sum(roles.map(({ nodes }) => nodes));
}

function describe(roles: readonly RolePlan[]): string {
  return roles
    .map((role) => `${role.name}: ${count(role.nodes, "pod")} of ${role.acceleratorsPerNode}`)
    .join(", ");
}
