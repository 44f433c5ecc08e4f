/** What a pool of a stack file says to be shared in a way, and whether the stack's rules take it. */
import { draDevices } from "../components/catalogue/dra.ts";
import { problemsOf } from "../components/config-problems.ts";
import type { PlannedPool } from "../components/planning/platform-plan.ts";
import type { Problem } from "../components/planning/problem.ts";
import type { SharingWay } from "../components/planning/sharing-advice-modes.ts";
import { stackConfig } from "./config.ts";

/** A pool's field `sharing`, as an author writes it. */
export type WrittenSharing = Readonly<Record<string, unknown>> & { readonly mode: string };

/** What a pool would say; or what its stack would be refused with. */
export type PoolSetting = { readonly sharing: WrittenSharing } | { readonly problem: Problem };

/** Tries ways on a stack: each is written into the pool, and the whole stack is read by its own schema. */
export function poolSettings(section: unknown, pool: PlannedPool): (way: SharingWay) => PoolSetting {
  const bare = withoutTenants(section as Written);
  const stackOf = (sharing: WrittenSharing) => ({
    ...bare,
    pools: bare.pools.map((entry) => (entry.name === pool.name ? { ...entry, sharing } : entry)),
  });
  const before = new Set(issuesOf(bare).map(keyOf));
  const problemWith = (sharing: WrittenSharing): Problem | undefined => {
    const stack = stackOf(sharing);
    // What is wrong without tenants anyway is not this setting's fault.
    const issue = issuesOf(stack).find((found) => !before.has(keyOf(found)));
    return issue && problemsOf(issue, stackConfig, stack)[0];
  };
  const known = new Map<string, PoolSetting>();
  return (way) => {
    const written = writtenSharing(way, pool.nodes);
    const key = JSON.stringify(written);
    const found = known.get(key) ?? firstAllowed(written, problemWith);
    known.set(key, found);
    const crowded = "sharing" in found ? claimPodProblem(way, pool) : undefined;
    return crowded ? { problem: crowded } : found;
  };
}

/** Claims of pods that the kubelet would not take; how small they are only the pool's jobs say. */
function claimPodProblem(
  way: SharingWay,
  { acceleratorsPerNode, maxPods }: PlannedPool,
): Problem | undefined {
  if (way.mode !== "dra-shares" || maxPods === undefined) return undefined;
  const most = Math.floor(maxPods / acceleratorsPerNode);
  if (way.clients <= most) return undefined;
  return {
    path: ["sharing", "devices"],
    given: `${way.clients} claims on a GPU, so ${way.clients * acceleratorsPerNode} on a node`,
    allowed: `at most ${most} on a GPU: a node of this pool takes at most ${maxPods} pods`,
    remedy: "let each job claim more memory",
  };
}

function firstAllowed(
  written: readonly WrittenSharing[],
  problemWith: (sharing: WrittenSharing) => Problem | undefined,
): PoolSetting {
  let last: Problem | undefined;
  for (const sharing of written) {
    last = problemWith(sharing);
    if (!last) return { sharing };
  }
  if (!last) throw new Error("a way that is written in no way");
  return { problem: last };
}

type Issue = Parameters<typeof problemsOf>[0];

function issuesOf(stack: unknown): readonly Issue[] {
  return stackConfig.safeParse(stack).error?.issues ?? [];
}

function keyOf({ path, message }: Issue): string {
  return JSON.stringify([path, message]);
}

interface Written {
  readonly pools: readonly { readonly name: string }[];
  readonly queueing?: object;
}

/** Quotas and jobs count devices of the present mode, and say nothing of what another could be. */
function withoutTenants(section: Written): Written {
  const tenants = { teams: [], jobs: [], notebooks: [], models: [], inferenceServers: [] };
  return { ...section, ...tenants, queueing: { ...section.queueing, cohortTree: [] } };
}

/** How a pool of so many nodes says it, the preferred first; any of these means the same for its jobs. */
function writtenSharing(way: SharingWay, nodes: number): WrittenSharing[] {
  switch (way.mode) {
    case "dedicated":
      return [{ mode: "dedicated" }];
    case "mig": {
      const profiles: Record<string, number> = {};
      for (const { profile } of way.layout) profiles[profile] = (profiles[profile] ?? 0) + 1;
      return [{ mode: "mig", layouts: [{ nodes, profiles }] }];
    }
    case "dra-partitions":
    case "dra-shares":
      return draDevices
        .filter((devices) => way.mode === `dra-${devices}`)
        .map((devices) => ({ mode: "dra", devices }));
    default: {
      const { mode, clients: replicas } = way;
      // The platform's own default is not written.
      return [
        { mode, replicas },
        { mode, replicas, rename: false },
      ];
    }
  }
}
