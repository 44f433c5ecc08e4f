/** Pools whose jobs differ so much in size that fair sharing misses its weights there. */
import type { PlannedPool, PlannedWorkload } from "./platform-plan.ts";

/**
 * Pools of whole accelerators in which several teams run, some on parts of nodes and some on whole ones.
 * Small jobs scatter over the nodes, and a team below its share may not preempt enough to free a whole node:
 * shares of 1 to 2 to 4 were then 30 % off (docs/capacity.md, fair sharing in the long run).
 */
export function unevenWarnings(
  pools: readonly PlannedPool[],
  workloads: readonly PlannedWorkload[],
): string[] {
  return pools.flatMap(({ name, sharing, acceleratorsPerNode }) => {
    const here = workloads.filter(({ pool }) => pool === name);
    const small = here.filter(({ perPod = [] }) =>
      perPod.some((size) => size > 0 && size < acceleratorsPerNode),
    );
    const whole = here.filter(({ perPod = [] }) => perPod.includes(acceleratorsPerNode));
    const teams = new Set([...small, ...whole].map(({ team }) => team));
    if (sharing.mode !== "dedicated" || small.length === 0 || whole.length === 0 || teams.size < 2) return [];
    return [
      `pool ${name}: jobs of parts of a node (${names(small)}) can keep those of whole nodes ` +
        `(${names(whole)}) out, and teams then miss their shares: give the small ones a pool of their own`,
    ];
  });
}

/** The first few; a plan may hold a thousand jobs. */
const shown = 3;

function names(workloads: readonly PlannedWorkload[]): string {
  const rest = workloads.length - shown;
  const first = workloads.slice(0, shown).map(({ name }) => name);
  return [...first, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}
