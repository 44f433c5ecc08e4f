/** A pool of EC2 machines: what none can be, what replaces it, and how its nodes are equipped. */
import { createHash } from "node:crypto";
import { type AwsMachineId, awsMachines, awsSeries } from "../catalogue/aws-machines.ts";
import { largestVolumeGiB } from "../catalogue/eks.ts";
import { type AcceleratorId, acceleratorIds } from "../catalogue/hardware.ts";
import { type EksGpuImage, eksGpuImages } from "../catalogue/node-images.ts";
import { isKnown } from "../catalogue/unknown.ts";
import type { Fabric } from "./fabric.ts";
import { count, type Problem } from "./problem.ts";
import type { Sharing } from "./sharing.ts";

/** Where its machines come from. */
export type AwsCapacity =
  | { readonly type: "on-demand" | "spot" }
  | { readonly type: "reservation" | "capacity-block"; readonly id: string };

export interface AwsPoolPlan {
  readonly name: string;
  readonly machine: AwsMachineId;
  readonly nodes: number;
  readonly leastNodes: number;
  readonly capacity: AwsCapacity;
  readonly zones: readonly string[];
  readonly efa: boolean;
  readonly image: EksGpuImage;
  readonly podStorageGiB: number;
  readonly sharing: Sharing;
}

/**
 * A name for what EKS cannot change on nodes that exist: another value of it is another node group beside the
 * old one, so no edit takes machines away before their successors are there.
 */
export function poolGeneration(
  pool: Pick<AwsPoolPlan, "machine" | "capacity" | "zones" | "efa" | "image">,
): string {
  const { machine, capacity, efa, image } = pool;
  const reserved = "id" in capacity ? capacity.id : "";
  const parts = [machine, capacity.type, reserved, [...pool.zones].sort().join(), String(efa), image];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 6);
}

export interface NodeDisks {
  readonly rootGiB: number;
  /** Whether pods get the machine's own disks, as one. */
  readonly usesNvme: boolean;
}

/** What the system and its images take, beside what pods are promised. */
const systemGiB = 40;

/** Disks of the machine itself where pods fit on them, else so much more of the volume (F86). */
export function nodeDisks({ machine, image, podStorageGiB }: AwsPoolPlan): NodeDisks {
  const { localNvmeGB } = awsMachines[machine];
  const ownGiB = isKnown(localNvmeGB) ? Math.floor((localNvmeGB * 1e9) / 2 ** 30) : 0;
  // Bottlerocket does not make one disk of several by a setting.
  const usesNvme = image.startsWith("AL2023") && ownGiB >= podStorageGiB;
  return { rootGiB: systemGiB + (usesNvme ? 0 : podStorageGiB), usesNvme };
}

export interface NetworkCard {
  readonly card: number;
  readonly device: number;
  readonly kind: "interface" | "efa-only";
}

/** AWS, network bandwidth with EFA: the first interface is an ordinary one, each card has one EFA. */
export function networkCards(machine: AwsMachineId): NetworkCard[] {
  const cards = Array.from({ length: awsMachines[machine].efaInterfaces }, (_, card) => card);
  return [
    { card: 0, device: 0, kind: "interface" },
    ...cards.map((card): NetworkCard => ({ card, device: card === 0 ? 1 : 0, kind: "efa-only" })),
  ];
}

/** Pages of 2 MiB that the machine images set aside where there is EFA (AWS, EKS user guide, EFA): 5128. */
const efaHugePagesMiB = 5128 * 2;

/** What runs over several nodes asks for. */
export function efaFabric({ machine, efa }: Pick<AwsPoolPlan, "machine" | "efa">): Fabric | undefined {
  if (!efa) return undefined;
  return {
    resourceName: "vpc.amazonaws.com/efa",
    devicesPerNode: awsMachines[machine].efaInterfaces,
    hugePagesMiB: efaHugePagesMiB,
    environment: { FI_PROVIDER: "efa" },
  };
}

/** What a pool's machine is to planning; undefined where pods cannot have its accelerators whole. */
export function awsAccelerator(machine: AwsMachineId): AcceleratorId | undefined {
  const { accelerator, accelerators } = awsMachines[machine];
  return Number.isInteger(accelerators) ? acceleratorIds.find((id) => id === accelerator) : undefined;
}

/** Everything about a pool that EC2 or EKS would refuse, or accept and then never start. */
export function awsPoolProblems(pool: AwsPoolPlan): Problem[] {
  return [
    ...machineProblems(pool),
    ...imageProblems(pool),
    ...efaProblems(pool),
    ...zoneProblems(pool),
    ...sizeProblems(pool),
    ...layoutProblems(pool),
  ];
}

const machineIds = Object.keys(awsMachines) as AwsMachineId[];

function machineProblems({ machine }: AwsPoolPlan): Problem[] {
  if (awsAccelerator(machine)) return [];
  const { accelerator, accelerators } = awsMachines[machine];
  const isPart = !Number.isInteger(accelerators);
  const usable = machineIds.filter(awsAccelerator);
  const alike = usable.filter((id) => awsMachines[id].accelerator === accelerator);
  const have = isPart ? `${accelerators} of a GPU, which EC2 counts as none` : accelerator;
  return [
    {
      path: ["machine"],
      given: `${machine}: ${have}`,
      allowed: (isPart && alike.length > 0 ? alike : usable).join(", "),
      remedy: isPart
        ? "take a machine with a whole GPU, and share it by time-slicing or MPS"
        : "take a machine whose accelerator planning knows, or add it to the hardware catalogue",
    },
  ];
}

function imageProblems({ machine, image }: AwsPoolPlan): Problem[] {
  const series = awsSeries(machine);
  const serving = Object.entries(eksGpuImages).filter(([, row]) =>
    row.series.some((each) => each === series),
  );
  if (serving.some(([name]) => name === image)) return [];
  const names = serving.map(([name]) => name).join(", ");
  return [
    {
      path: ["image"],
      given: `${image} on ${machine}`,
      allowed: names || `nothing: EKS names no GPU image for ${series}`,
      remedy: names ? "take one of these images" : "take a machine of another series",
    },
  ];
}

/** EFA on a machine without one. */
function efaProblems({ machine, efa }: AwsPoolPlan): Problem[] {
  const { accelerator, efaInterfaces } = awsMachines[machine];
  if (!efa || efaInterfaces > 0) return [];
  const able = machineIds.filter(
    (id) =>
      awsMachines[id].accelerator === accelerator && awsMachines[id].efaInterfaces > 0 && awsAccelerator(id),
  );
  return [
    {
      path: ["efa"],
      given: `true on ${machine}, which has no EFA interface`,
      allowed: able.map((id) => `${id} (${awsMachines[id].efaInterfaces})`).join(", ") || "false",
      remedy: "take one of these machines, or leave efa out",
    },
  ];
}

/** EFA and reserved machines are in one zone: EKS would choose among several, and could choose anew. */
function zoneProblems({ zones, efa, capacity }: AwsPoolPlan): Problem[] {
  const reason = "id" in capacity ? `${capacity.id} is in one zone` : "EFA joins nodes of one zone";
  if (zones.length === 1 || !(efa || "id" in capacity)) return [];
  return [
    {
      path: ["zones"],
      given: `${count(zones.length, "zone")}: ${zones.join(", ")}`,
      allowed: `1 zone: ${reason}`,
      remedy: "name that zone alone, and make a pool for each other zone",
    },
  ];
}

function sizeProblems(pool: AwsPoolPlan): Problem[] {
  const problems: Problem[] = [];
  if (pool.leastNodes > pool.nodes) {
    problems.push({
      path: ["leastNodes"],
      given: String(pool.leastNodes),
      allowed: `0 to ${pool.nodes}, the pool's nodes`,
      remedy: "make it smaller, or the pool larger",
    });
  }
  const { rootGiB } = nodeDisks(pool);
  if (rootGiB > largestVolumeGiB) {
    problems.push({
      path: ["podStorageGiB"],
      given: String(pool.podStorageGiB),
      allowed: `at most ${largestVolumeGiB - systemGiB}: a volume ends at ${largestVolumeGiB} GiB`,
      remedy: "take a machine with larger disks of its own, or keep models on a shared file system",
    });
  }
  return problems;
}

/** All nodes of a group are labelled alike. */
function layoutProblems({ sharing }: AwsPoolPlan): Problem[] {
  if (sharing.mode !== "mig" || sharing.layouts.length === 1) return [];
  return [
    {
      path: ["sharing", "layouts"],
      given: count(sharing.layouts.length, "layout"),
      allowed: "1 layout: the nodes of a node group are all labelled alike",
      remedy: "make a pool of each layout",
    },
  ];
}

/** What may fail although nothing is wrong with it: stock changes by the minute (F102). */
export function awsPoolWarnings({ name, zones, capacity, machine }: AwsPoolPlan): string[] {
  if (zones.length > 1 || "id" in capacity) return [];
  const place = `pool ${name}: ${machine} ${capacity.type} in ${zones[0]} alone`;
  return [`${place}; when that zone has none left, nothing else is tried`];
}
