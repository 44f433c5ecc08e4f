/** Rules of a whole GKE cluster: room in its network, enough maintenance, and quotas. */
import { gcpGpuQuotas } from "../catalogue/cloud-quotas.ts";
import { gcpMachines } from "../catalogue/gcp-machines.ts";
import { regionOf } from "../catalogue/gcp-zones.ts";
import { isKnown } from "../catalogue/unknown.ts";
import type { Problem } from "../planning/problem.ts";
import { poolAccelerators } from "../planning/quota.ts";
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
  return [...networkProblems(config.network, nodes), ...quotaProblems(config, pools)];
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

/** Accelerators of all pools at their most against what the project may have: never by the zone (F98). */
function quotaProblems({ quotas, region }: GcpClusterConfig, pools: readonly GcpPool[]): Problem[] {
  return quotas.flatMap(({ accelerator, capacity, accelerators }, index): Problem[] => {
    const counted = pools.filter((pool) => {
      // Flex-start is counted as preemptible (Google Cloud, Introducing Flex-start VMs, 2025-09-25).
      const bought = ["spot", "flex-start"].includes(pool.capacity.type) ? "spot" : "on-demand";
      return pool.accelerator === accelerator && bought === capacity && pool.capacity.type !== "reservation";
    });
    const wanted = sum(counted.map(poolAccelerators));
    if (wanted <= accelerators) return [];
    const metric = gcpGpuQuotas[accelerator];
    const prefix = capacity === "spot" ? "PREEMPTIBLE_" : "";
    const called = isKnown(metric) ? `${prefix}${metric} in ${region}` : `${accelerator} in ${region}`;
    const each = counted.map((pool) => `${pool.name}: ${poolAccelerators(pool)}`).join(", ");
    return [
      {
        path: ["quotas", index, "accelerators"],
        given: `${accelerators}, with pools of ${wanted} (${each})`,
        allowed: `at least ${wanted} of ${called}, over all zones`,
        remedy: `ask Google for ${wanted}, or make the pools ${wanted - accelerators} smaller`,
      },
    ];
  });
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
