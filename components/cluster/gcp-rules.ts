/** Rules of a whole GKE cluster: room in its network, enough maintenance, and quotas. */
import { cloudMachine } from "../catalogue/cloud-machine.ts";
import { gcpMachines } from "../catalogue/gcp-machines.ts";
import { regionOf } from "../catalogue/gcp-zones.ts";
import type { AccountPool } from "../planning/account-pool.ts";
import { type AccountQuota, acceleratorQuota } from "../planning/account-quota.ts";
import type { Problem } from "../planning/problem.ts";
import { quotaChainProblems } from "../planning/quota-chain.ts";
import { sum } from "../planning/sum.ts";
import { type GcpClusterConfig, utcMoment } from "./gcp-fields.ts";
import { networkProblems } from "./gcp-network-fields.ts";
import type { GcpPool } from "./gcp-pool.ts";

/** Rules that need no pool. */
export function clusterProblems(config: GcpClusterConfig): Problem[] {
  return [...systemProblems(config), ...maintenanceProblems(config)];
}

/** Rules between the cluster and all of its pools. */
export function clusterPoolProblems(config: GcpClusterConfig, pools: readonly GcpPool[]): Problem[] {
  const { systemPool } = config;
  const system = systemPool.maxNodesPerZone * systemPool.zones.length;
  const nodes = system + sum(pools.map((pool) => pool.nodes));
  return [...networkProblems(config.network, nodes), ...chainProblems(config, pools)];
}

function systemProblems({ systemPool, region }: GcpClusterConfig): Problem[] {
  const { zones, minNodesPerZone, maxNodesPerZone } = systemPool;
  const strangers = zones.flatMap((zone, index): Problem[] =>
    regionOf(zone) === region
      ? []
      : [
          {
            path: ["systemPool", "zones", index],
            given: JSON.stringify(zone),
            allowed: `a zone of ${region}, the region of the cluster`,
            remedy: `choose a zone of ${region}`,
          },
        ],
  );
  if (minNodesPerZone <= maxNodesPerZone) return strangers;
  return [
    ...strangers,
    {
      path: ["systemPool", "minNodesPerZone"],
      given: String(minNodesPerZone),
      allowed: `1 to ${maxNodesPerZone}, the most of a zone`,
      remedy: "lower it, or raise maxNodesPerZone",
    },
  ];
}

/** Hours in 32 days that GKE must be left for maintenance. GKE, Maintenance windows. */
const leastHours = 48;

/** A day of the week comes at least four times in 32 days. */
function maintenanceProblems({ maintenance }: GcpClusterConfig): Problem[] {
  const { days, hours, exclusions } = maintenance;
  const available = new Set(days).size * hours * 4;
  const problems: Problem[] = [];
  if (available < leastHours) {
    problems.push({
      path: ["maintenance", "hours"],
      given: `${hours} on ${days.join(", ")}: ${available} in 32 days`,
      allowed: `at least ${leastHours} hours in 32 days`,
      remedy: `make it ${Math.ceil(leastHours / 4 / days.length)}, or name more days`,
    });
  }
  return [
    ...problems,
    ...exclusions.flatMap(({ start, end }, index): Problem[] =>
      Date.parse(utcMoment(start)) < Date.parse(utcMoment(end))
        ? []
        : [
            {
              path: ["maintenance", "exclusions", index, "end"],
              given: end,
              allowed: `a moment after ${start}`,
              remedy: "swap the two, or correct one",
            },
          ],
    ),
  ];
}

/**
 * The project's link of the quota chain: what pools at their most count against its quotas, never by the zone
 * (F98). What teams are promised, and what all of it costs, is judged with the rest of the stack.
 */
function chainProblems(config: GcpClusterConfig, pools: readonly GcpPool[]): Problem[] {
  const bought = pools.flatMap((pool) => accountPool(pool, config.region));
  const accountQuotas = config.quotas.flatMap((quota, index) =>
    bought.some((pool) => acceleratorOf(pool) === quota.accelerator && pool.capacity === quota.capacity)
      ? [accountQuota(quota, index, config.region)]
      : [],
  );
  return quotaChainProblems({ pools: bought, quotas: [], accountQuotas });
}

const acceleratorOf = ({ machine }: AccountPool) => cloudMachine(machine).accelerator;

/** Flex-start is preemptible (Google Cloud, Flex-start VMs, 2025-09-25); reserved counts nowhere. */
function accountPool(pool: GcpPool, region: string): AccountPool[] {
  const { name, machine, nodes, acceleratorsPerNode, capacity } = pool;
  if (capacity.type === "reservation") return [];
  const counted = { path: ["pools", name], name, machine, nodes, acceleratorsPerNode, region };
  const bought = capacity.type === "on-demand" ? "on-demand" : "spot";
  return [{ ...counted, capacity: bought, maxNodesPerZone: nodes }];
}

function accountQuota(
  { accelerator, capacity, accelerators: limit }: GcpClusterConfig["quotas"][number],
  index: number,
  region: string,
): AccountQuota {
  const quota = acceleratorQuota(accelerator, capacity);
  return { path: ["quotas", index, "accelerators"], region, quota, limit };
}

/** Machines that one zone may run out of, with nothing held back and nowhere else to go (F102). */
export function gcpPlaceWarnings(pools: readonly GcpPool[]): string[] {
  return pools
    .filter(({ zones, capacity }) => zones.length === 1 && capacity.type === "on-demand")
    .map(
      ({ name, machine, zones }) =>
        `pool ${name}: ${machine} in ${zones[0]} alone and without a reservation; once none is left, ` +
        `${gcpMachines[machine].accelerator} comes from nowhere else`,
    );
}
