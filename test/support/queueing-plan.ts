/** A queueing section of a stack as the rules on it see it, and two pools to have queues in. */
import type { z } from "zod";
import type { ProvisionedNodePool } from "../../components/cluster/contract.ts";
import { formatPath, type Problem } from "../../components/planning/problem.ts";
import type { QuotaPlan } from "../../components/planning/quota.ts";
import { poolDevices } from "../../components/planning/sharing.ts";
import type { QueueingPlan } from "../../components/scheduling/backend.ts";
import { queueingConfig, queueingSection } from "../../components/scheduling/queueing-config.ts";

export type Settings = Partial<z.input<typeof queueingSection>>;

export function makeQueueingPlan(settings: Settings, change: Partial<QueueingPlan> = {}): QueueingPlan {
  return {
    path: ["queueing"],
    settings: queueingSection.parse({ cohorts: ["platform"], ...settings }),
    pools: [],
    poolNames: ["h100", "l40s"],
    quotas: [],
    lendersKnown: true,
    abilities: { charts: ["kueue", "volcano"], provisioningClasses: ["queued"] },
    ...change,
  };
}

export function makeQuotaPlan(change: Partial<QuotaPlan> = {}): QuotaPlan {
  const path = ["teams", 0, "quotas", 0];
  return {
    path,
    team: "red",
    pool: "h100",
    cohort: "platform",
    accelerators: 8,
    borrowingLimit: 0,
    ...change,
  };
}

/** Where each problem stands and what was given there. */
export function places(problems: readonly Problem[]): string[] {
  return problems.map(({ path, given }) => `${formatPath(path)}: ${given}`);
}

const size = { accelerator: "nvidia-h100-80gb-sxm", nodes: 4, acceleratorsPerNode: 8 } as const;

export function makePool(name: string, resourceName = "nvidia.com/gpu"): ProvisionedNodePool {
  return {
    name,
    accelerator: "nvidia-h100-80gb-sxm",
    resourceName,
    nodes: 4,
    acceleratorsPerNode: 8,
    sharing: { mode: "dedicated" },
    devices: poolDevices({ ...size, sharing: { mode: "dedicated" } }).map((device) => ({
      ...device,
      resourceName,
    })),
    labels: { "plinth.dev/pool": name },
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    allocatable: { cpu: "80", memory: "800Mi", [resourceName]: "8" },
    resources: [],
  };
}

/** A whole configuration of queues, parsed. */
export function makeQueues(config: Partial<z.input<typeof queueingConfig>>) {
  return queueingConfig.parse({ cohorts: ["platform"], queues: [], ...config });
}
