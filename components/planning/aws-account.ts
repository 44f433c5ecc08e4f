/** What an account of AWS offers against what pools need: zones that sell a machine, vCPUs that may run. */
import { type AwsMachineId, awsMachines, awsSeries } from "../catalogue/aws-machines.ts";
import { awsVcpuQuotas } from "../catalogue/cloud-quotas.ts";
import { isKnown } from "../catalogue/unknown.ts";
import type { AwsCapacity } from "./aws-pool.ts";
import type { Path, Problem } from "./problem.ts";
import { sum } from "./sum.ts";

export interface AccountPool {
  readonly name: string;
  readonly machine: AwsMachineId;
  readonly nodes: number;
  readonly zones: readonly string[];
  readonly capacity: AwsCapacity;
}

/** Zones in which EC2 does not sell the machine to this account (F100). */
export function offerProblems(path: Path, pool: AccountPool, offered: readonly string[]): Problem[] {
  const missing = pool.zones.filter((zone) => !offered.includes(zone));
  if (missing.length === 0) return [];
  return [
    {
      path: [...path, "zones"],
      given: `${pool.machine} in ${missing.join(", ")}`,
      allowed: offered.length > 0 ? [...offered].sort().join(", ") : "nothing: not sold in this region",
      remedy: offered.length > 0 ? "take one of these zones" : "take another machine, or another region",
    },
  ];
}

/** The quota that the pool's machines count against; none for a block, or where nobody knows. */
export function vcpuQuota({ machine, capacity }: AccountPool): { name: string; code: string } | undefined {
  if (capacity.type === "capacity-block") return undefined;
  const { onDemand, spot } = awsVcpuQuotas[awsSeries(machine)];
  if (capacity.type !== "spot") return onDemand;
  return isKnown(spot) ? spot : undefined;
}

/** Pools that together want more vCPUs than the account may run (F98). */
export function vcpuProblems(
  path: Path,
  pools: readonly AccountPool[],
  limits: Readonly<Record<string, number>>,
): Problem[] {
  const byCode = Map.groupBy(pools, (pool) => vcpuQuota(pool)?.code ?? "");
  return [...byCode].flatMap(([code, members]) => {
    const limit = limits[code];
    const [first] = members;
    const wanted = sum(members.map(({ machine, nodes }) => awsMachines[machine].vcpus * nodes));
    if (limit === undefined || first === undefined || wanted <= limit) return [];
    const parts = members.map(
      ({ name, machine, nodes }) => `${name} ${nodes} x ${awsMachines[machine].vcpus}`,
    );
    return [
      {
        path,
        given: `${wanted} vCPUs (${parts.join(", ")})`,
        allowed: `${limit}: the account's "${vcpuQuota(first)?.name}" (${code}) in this region`,
        remedy: `ask for ${wanted - limit} more in Service Quotas, or make the pools smaller`,
      },
    ];
  });
}
