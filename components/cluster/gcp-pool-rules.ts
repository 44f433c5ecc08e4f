/** Pools that GKE would refuse, told before it is asked. */

import { gcpSeries } from "../catalogue/gcp-machines.ts";
import { gcpPlaces, regionOf } from "../catalogue/gcp-zones.ts";
import { flexStart, networkProfileSeries } from "../catalogue/gke.ts";
import type { GkeGpuProfile } from "../catalogue/gke-gpu-profiles.ts";
import { migGeometry } from "../catalogue/mig-profiles.ts";
import { isKnown } from "../catalogue/unknown.ts";
import type { Problem } from "../planning/problem.ts";
import { poolSharingProblems } from "../planning/sharing-problems.ts";
import { poolSliceProblems, poolSlices } from "../planning/slices.ts";
import type { GcpPool } from "./gcp-pool.ts";

/** Rules that need no more than the pool itself. */
export function gcpPoolProblems(pool: GcpPool): Problem[] {
  return [
    ...placeProblems(pool),
    ...countProblems(pool),
    ...capacityProblems(pool),
    ...compactProblems(pool),
    ...networkProblems(pool),
    ...driverProblems(pool),
    ...poolSharingProblems(pool),
    ...poolSliceProblems(pool),
  ];
}

/** Zones that do not sell the machine (F100), and zones that are no neighbours. */
function placeProblems({ machine, zones }: GcpPool): Problem[] {
  const known = gcpPlaces(machine);
  const regions = new Set(zones.map(regionOf));
  return zones.flatMap((zone, index): Problem[] => {
    const path = ["zones", index];
    if (zones.indexOf(zone) !== index) {
      return [{ path, given: `"${zone}" again`, allowed: "each zone once", remedy: "remove it" }];
    }
    if (!isKnown(known) || known.includes(zone) || known.includes(regionOf(zone))) return [];
    const near = known.filter((place) => regions.has(regionOf(place)));
    const allowed = near.length > 0 ? `${near.join(", ")} in this region` : `zones of ${known.join(", ")}`;
    return [
      {
        path,
        given: `"${zone}" for ${machine}`,
        allowed: `${allowed}: the places that sell it`,
        remedy: "choose one of these, or another machine",
      },
    ];
  });
}

function countProblems(pool: GcpPool): Problem[] {
  const { nodes, minNodes, zones } = pool;
  const problems: Problem[] = [];
  if (nodes % zones.length > 0) {
    const whole = Math.ceil(nodes / zones.length) * zones.length;
    problems.push({
      path: ["nodes"],
      given: String(nodes),
      allowed: `a multiple of ${zones.length}, the zones that they are spread over`,
      remedy: `make it ${whole}, or name fewer zones`,
    });
  }
  if (minNodes > nodes || minNodes % zones.length > 0) {
    problems.push({
      path: ["minNodes"],
      given: String(minNodes),
      allowed: `0 to ${nodes}, a multiple of ${zones.length}`,
      remedy: `make it ${Math.min(nodes, Math.floor(minNodes / zones.length) * zones.length)}`,
    });
  }
  return problems;
}

/** Flex-start and its queue want pools that begin empty. */
function capacityProblems({ capacity, minNodes, zones }: GcpPool): Problem[] {
  const problems: Problem[] = [];
  if (capacity.type === "flex-start" && minNodes > 0) {
    problems.push({
      path: ["minNodes"],
      given: String(minNodes),
      allowed: "0: machines of flex-start come when something asks for them, and end by themselves",
      remedy: "leave minNodes out",
    });
  }
  if (capacity.type === "reservation" && zones.length > 1) {
    problems.push({
      path: ["zones"],
      given: zones.join(", "),
      allowed: `one zone: reservation ${capacity.reservation} is in one`,
      remedy: "name the reservation's zone, and make a pool for each further reservation",
    });
  }
  return problems;
}

/** A machine of a reservation has the reservation's own placement policy, or none. */
function reservedPlacementProblems({ compact, capacity }: GcpPool): Problem[] {
  if (capacity.type !== "reservation") return [];
  const { reservation, placementPolicy, project } = capacity;
  if (!compact && placementPolicy !== undefined) {
    return [
      {
        path: ["compact"],
        given: `false, with placement policy ${placementPolicy}`,
        allowed: `true: reservation ${reservation} gives its machines to who names its policy`,
        remedy: "set compact to true, or leave placementPolicy out where the reservation has none",
      },
    ];
  }
  if (!compact) return [];
  if (project !== undefined) {
    return [
      {
        path: ["compact"],
        given: `true, with reservation ${reservation} of project ${project}`,
        allowed: "false: a placement policy is of the cluster's own project and region",
        remedy: "leave compact out, or reserve the machines in the cluster's project",
      },
    ];
  }
  if (placementPolicy !== undefined) return [];
  return [
    {
      path: ["capacity", "placementPolicy"],
      given: `nothing, in a compact pool of reservation ${reservation}`,
      allowed: "the placement policy that the reservation was made with: none is added afterwards",
      remedy: "name it, or leave compact out: machines stay where they were reserved",
    },
  ];
}

function compactProblems(pool: GcpPool): Problem[] {
  const { compact, zones, capacity, machine } = pool;
  const problems = reservedPlacementProblems(pool);
  if (!compact) return problems;
  if (poolSlices(pool) !== undefined) {
    problems.push({
      path: ["compact"],
      given: "true",
      allowed: "false in a pool of TPUs: the hosts of a slice are always together",
      remedy: "leave compact out",
    });
  }
  if (zones.length > 1) {
    problems.push({
      path: ["zones"],
      given: zones.join(", "),
      allowed: "one zone in a compact pool",
      remedy: "name one zone, or make a compact pool in each",
    });
  }
  if (capacity.type === "flex-start" && capacity.queued) {
    problems.push({
      path: ["compact"],
      given: "true, with queued flex-start",
      allowed: "false: queued provisioning places the machines itself",
      remedy: "leave compact out, or set capacity.queued to false",
    });
  }
  if (capacity.type === "flex-start" && !flexStart.compactSeries.includes(gcpSeries(machine))) {
    problems.push({
      path: ["compact"],
      given: `true, with flex-start ${machine}`,
      allowed: `false: flex-start places ${flexStart.compactSeries.join(", ")} alone close together`,
      remedy: "leave compact out, or choose another capacity",
    });
  }
  return problems;
}

/** A3 High would want four networks more and NCCL's plugin for TCPX, which nobody here makes. */
function networkProblems({ network, machine }: GcpPool): Problem[] {
  if (network === "standard" || networkProfileSeries.includes(gcpSeries(machine))) return [];
  const series = networkProfileSeries.join(", ");
  return [
    {
      path: ["network"],
      given: `"high-speed" for ${machine}`,
      allowed: `"standard": GKE makes networks for the accelerators of ${series} alone`,
      remedy: "leave network out, or choose one of these machines",
    },
  ];
}

/** TPUs have no driver to choose. */
function driverProblems({ driver, accelerator }: GcpPool): Problem[] {
  if (driver === "DEFAULT" || !accelerator.startsWith("google-tpu")) return [];
  return [
    {
      path: ["driver"],
      given: `"${driver}"`,
      allowed: `nothing for ${accelerator}: its driver is part of the machine`,
      remedy: "leave it out",
    },
  ];
}

/** What the pool's cluster decides. */
export interface PoolSurroundings {
  readonly region: string;
  readonly gpuProfile: GkeGpuProfile;
}

/** Rules between a pool and its cluster. */
export function placedPoolProblems(pool: GcpPool, { region, gpuProfile }: PoolSurroundings): Problem[] {
  const strangers = pool.zones.filter((zone) => regionOf(zone) !== region);
  const isElsewhere = strangers.map((zone) => ({
    path: ["zones", pool.zones.indexOf(zone)],
    given: JSON.stringify(zone),
    allowed: `a zone of ${region}, the region of the cluster`,
    remedy: `choose a zone of ${region}, or make a cluster in ${regionOf(zone)}`,
  }));
  return [...isElsewhere, ...(gpuProfile === "managed" ? managedProblems(pool) : operatorProblems(pool))];
}

/** What Google's device plugin cannot do. */
function managedProblems(pool: GcpPool): Problem[] {
  const { sharing } = pool;
  const instead = "or set gpuProfile to operator";
  if (sharing.mode === "dra") {
    return [
      {
        path: ["sharing", "mode"],
        given: '"dra"',
        allowed: "dedicated, time-slicing, mps, mig with the GPU profile managed",
        remedy: `choose one of these, ${instead}`,
      },
    ];
  }
  if (sharing.mode === "mig") return partitionProblems(pool, instead);
  if (sharing.mode !== "dedicated" && sharing.rename) {
    return [
      {
        path: ["sharing", "rename"],
        given: "true",
        allowed: "false: Google's device plugin calls replicas nvidia.com/gpu",
        remedy: `set rename to false, ${instead}`,
      },
    ];
  }
  return [];
}

/** GKE gives every GPU of a pool to one profile, as often as it fits. */
function partitionProblems({ sharing, accelerator }: GcpPool, instead: string): Problem[] {
  const geometry = migGeometry(accelerator);
  if (sharing.mode !== "mig" || geometry === undefined) return [];
  const [layout, ...others] = sharing.layouts;
  const [[profile, instances] = ["", 0], ...more] = Object.entries(layout?.profiles ?? {});
  const most = geometry.profiles[profile]?.maxInstances ?? 0;
  if (others.length === 0 && more.length === 0 && instances === most && !profile.includes("+")) return [];
  const sizes = Object.entries(geometry.profiles)
    .filter(([name]) => !name.includes("+"))
    .map(([name, { maxInstances }]) => `${name}: ${maxInstances}`);
  return [
    {
      path: ["sharing", "layouts"],
      given: JSON.stringify(sharing.layouts.map(({ profiles }) => profiles)),
      allowed: `one layout of one partition size, as often as it fits: ${sizes.join(", ")}`,
      remedy: `choose one of these, ${instead}`,
    },
  ];
}

/** The operator finds the driver there, and partitions by a label that all nodes of a pool have alike. */
function operatorProblems({ driver, accelerator, sharing }: GcpPool): Problem[] {
  const problems: Problem[] = [];
  if (driver !== "DEFAULT" && !accelerator.startsWith("google-tpu")) {
    problems.push({
      path: ["driver"],
      given: `"${driver}"`,
      allowed: "nothing with the GPU profile operator, where GKE installs no driver",
      remedy: "leave it out, or set gpuProfile to managed",
    });
  }
  if (sharing.mode === "mig" && sharing.layouts.length > 1) {
    problems.push({
      path: ["sharing", "layouts"],
      given: `${sharing.layouts.length} layouts`,
      allowed: "one: the nodes of a pool of GKE are alike",
      remedy: "make a pool for each layout",
    });
  }
  return problems;
}
