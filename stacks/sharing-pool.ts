/** Which sharing modes a pool of a stack file could have, by the rules of its environment and its queues. */
import { draDevices } from "../components/catalogue/dra.ts";
import { problemsOf } from "../components/config-problems.ts";
import type { PlannedPool } from "../components/planning/platform-plan.ts";
import { sharedAccelerator } from "../components/planning/sharing-accelerator.ts";
import type { RefusedSharing } from "../components/planning/sharing-advice.ts";
import { type SharingWayName, sharingWayNames } from "../components/planning/sharing-advice-modes.ts";
import { stackConfig } from "./config.ts";

/** Modes that the stack would be refused with, each with the first reason. */
export function refusedPoolModes(section: unknown, pool: PlannedPool): RefusedSharing[] {
  const bare = withoutTenants(section as Written);
  const index = bare.pools.findIndex(({ name }) => name === pool.name);
  const reasonOf = (sharing: object): string | undefined => {
    const pools = bare.pools.map((entry, place) => (place === index ? { ...entry, sharing } : entry));
    const changed = { ...bare, pools };
    const { error } = stackConfig.safeParse(changed);
    const issue = error?.issues.find(({ path: [area, entry] }) => {
      return area === "queueing" || (area === "pools" && entry === index);
    });
    if (!issue) return undefined;
    const [problem] = problemsOf(issue, stackConfig, changed);
    return `pool ${pool.name}: ${problem?.given}; allowed: ${problem?.allowed}`;
  };
  return sharingWayNames.flatMap((mode) => {
    const reasons = examples(mode, pool).map(reasonOf);
    const reason = reasons.at(-1);
    return reason === undefined || reasons.includes(undefined) ? [] : [{ mode, reason }];
  });
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

/** Settings of a mode; it can be had if any of them can. */
function examples(mode: SharingWayName, { accelerator, nodes }: PlannedPool): object[] {
  switch (mode) {
    case "dedicated":
      return [{ mode }];
    case "mig": {
      const [slice] = sharedAccelerator(accelerator).slices;
      const profile = slice?.profile ?? "1g";
      return [1, slice?.starts.length ?? 1].map((count) => ({
        mode,
        layouts: [{ nodes, profiles: { [profile]: count } }],
      }));
    }
    case "dra-partitions":
    case "dra-shares":
      return draDevices
        .filter((devices) => mode === `dra-${devices}`)
        .map((devices) => ({ mode: "dra", devices }));
    default:
      return [true, false].map((rename) => ({ mode, replicas: 2, rename }));
  }
}
