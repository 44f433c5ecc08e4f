/** The ResourceSlices that the kubelet plugin of NVIDIA's DRA driver would publish for a simulated node. */
import { createHash } from "node:crypto";
import { cudaDriverVersion, draDriver, migSwitchedByReset, nvmlName, sliceLimits } from "../catalogue/dra.ts";
import { type AcceleratorId, gpuDiscovery } from "../catalogue/hardware.ts";
import { type MigProfile, memorySlicesPerGpu, migGeometry } from "../catalogue/mig-profiles.ts";
import { versions } from "../catalogue/versions.ts";
import type { ClaimedPool } from "../planning/claims.ts";
import { memoryQuantity } from "../planning/quantity.ts";
import { claimableMemoryMiB } from "../planning/sharing.ts";
import { sum } from "../planning/sum.ts";

interface Device {
  readonly name: string;
  readonly attributes: Readonly<Record<string, { string: string } | { version: string }>>;
  readonly capacity: Readonly<Record<string, Capacity>>;
  readonly consumesCounters?: readonly CounterSet<"counterSet">[];
  readonly allowMultipleAllocations?: true;
}

interface Capacity {
  readonly value: string;
  readonly requestPolicy?: {
    readonly default: string;
    readonly validRange: { readonly min: string; readonly max: string; readonly step: string };
  };
}

type CounterSet<Key extends "name" | "counterSet"> = Readonly<Record<Key, string>> & {
  readonly counters: Readonly<Record<string, { value: string }>>;
};

type Content =
  | { readonly devices: readonly Device[] }
  | { readonly sharedCounters: readonly CounterSet<"name">[] };

/** The slices of one node, which together are the driver's pool of that node. */
export function resourceSlices(node: string, pool: ClaimedPool) {
  const contents = nodeContents(node, pool);
  return contents.map(([suffix, content]) => ({
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceSlice",
    // The driver lets the API server make the end of the name up.
    metadata: { name: `${node}-${draDriver}${suffix}` },
    spec: {
      driver: draDriver,
      nodeName: node,
      pool: { name: node, generation: 1, resourceSliceCount: contents.length },
      ...content,
    },
  }));
}

/**
 * Contents by the end of the slice's name. Without partitions one slice has all devices of the node.
 * With them each GPU has one, and their counters stand apart: from Kubernetes 1.35 on no slice holds both.
 */
function nodeContents(node: string, pool: ClaimedPool): [string, Content][] {
  const { accelerator, sharing } = pool;
  const cards = Array.from({ length: pool.acceleratorsPerNode }, (_, minor) => ({
    node,
    minor,
    accelerator,
  }));
  if (sharing.devices === "partitions") {
    const sets = cards.map((card) => ({ name: counterSetOf(card), counters: totals(accelerator) }));
    const groups = Math.ceil(sets.length / sliceLimits.counterSets);
    return [
      ...Array.from({ length: groups }, (_, index): [string, Content] => {
        const first = index * sliceLimits.counterSets;
        return [`-counters-${index}`, { sharedCounters: sets.slice(first, first + sliceLimits.counterSets) }];
      }),
      ...cards.map((card): [string, Content] => [`-gpu-${card.minor}`, { devices: partitionDevices(card) }]),
    ];
  }
  const shared = sharing.devices === "shares" ? shares(accelerator) : {};
  const devices = cards.map((card) => ({ ...wholeDevice(card), ...shared }));
  return [["", { devices }]];
}

/** One GPU of one node. */
interface Card {
  readonly node: string;
  readonly minor: number;
  readonly accelerator: AcceleratorId;
}

function wholeDevice(card: Card): Device {
  const memoryMiB = claimableMemoryMiB(card.accelerator, "whole");
  return {
    name: `gpu-${card.minor}`,
    attributes: { type: { string: "gpu" }, uuid: { string: uuidOf(card) }, ...attributes(card.accelerator) },
    capacity: { memory: { value: memoryQuantity(memoryMiB) } },
  };
}

/** What the driver says of every device; where it stands on the PCI bus a simulated node cannot tell. */
function attributes(accelerator: AcceleratorId): Device["attributes"] {
  const { family, computeMajor, computeMinor } = gpuDiscovery(accelerator);
  const architecture = family.replace(/(^|-)[a-z]/g, (part) => part.replace("-", " ").toUpperCase());
  return {
    productName: { string: nvmlName(accelerator) },
    brand: { string: family === "turing" ? "Tesla" : "Nvidia" },
    architecture: { string: architecture },
    cudaComputeCapability: { version: `${computeMajor}.${computeMinor}.0` },
    // A semantic version has no leading zeros.
    driverVersion: { version: versions.nvidiaDriver.version.split(".").map(Number).join(".") },
    cudaDriverVersion: { version: cudaDriverVersion },
  };
}

/** The same for the same card at all times, as a real one's. */
function uuidOf({ node, minor }: Card): string {
  const digits = createHash("sha256").update(`${node}/${minor}`).digest("hex");
  const parts = [8, 4, 4, 4, 12].map((length, index, all) => {
    const first = sum(all.slice(0, index));
    return digits.slice(first, first + length);
  });
  return `GPU-${parts.join("-")}`;
}

/** What `--consumable-shares=memory` makes of a GPU: claims take of its memory by the mebibyte, or all. */
function shares(accelerator: AcceleratorId): Pick<Device, "allowMultipleAllocations" | "capacity"> {
  const value = memoryQuantity(claimableMemoryMiB(accelerator, "shares"));
  const validRange = { min: "1Mi", max: value, step: "1Mi" };
  return {
    allowMultipleAllocations: true,
    capacity: { memory: { value, requestPolicy: { default: value, validRange } } },
  };
}

/** In the order of their names, in which the scheduler takes the first that fits. */
function partitionDevices(card: Card): Device[] {
  const geometry = migGeometry(card.accelerator);
  const partitions = Object.entries(geometry?.profiles ?? {}).flatMap(([name, profile]) =>
    profile.starts.map((start) => partitionDevice(card, name, profile, start)),
  );
  const all = migSwitchedByReset.includes(card.accelerator)
    ? partitions
    : [{ ...wholeDevice(card), ...wholePart(card) }, ...partitions];
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The whole GPU takes all of its own counters: it excludes every partition, and each of them excludes it. */
function wholePart(card: Card): Pick<Device, "capacity" | "consumesCounters"> {
  const amounts = largest(card.accelerator);
  return {
    capacity: capacities(amounts),
    consumesCounters: [{ counterSet: counterSetOf(card), counters: totals(card.accelerator) }],
  };
}

function partitionDevice(card: Card, name: string, profile: MigProfile, start: number): Device {
  const amounts = amountsOf(profile);
  const label = name.replace(".", "").replace("+", "-");
  return {
    name: `gpu-${card.minor}-mig-${label}-${profile.profileId}-${start}`,
    attributes: {
      type: { string: "mig" },
      parentUUID: { string: uuidOf(card) },
      profile: { string: name },
      ...attributes(card.accelerator),
    },
    capacity: capacities(amounts),
    consumesCounters: [
      { counterSet: counterSetOf(card), counters: counters(amounts, start, profile.memorySlices) },
    ],
  };
}

function counterSetOf({ minor }: Card): string {
  return `gpu-${minor}-counter-set`;
}

/** What NVML says of a profile, by the name of the driver's capacity; memory in MiB. */
function amountsOf({ multiprocessors, engines, memoryMiB }: MigProfile): Record<string, number> {
  return {
    multiprocessors,
    copyEngines: engines.copy,
    decoders: engines.decoder,
    encoders: engines.encoder,
    jpegEngines: engines.jpeg,
    ofaEngines: engines.ofa,
    memory: memoryMiB,
  };
}

/**
 * Of each, what the GPU has: as much as the profile of the whole GPU, and where the catalogue knows only
 * bounds of a profile, as much as its instances together, so that no layout which fits is refused.
 */
function largest(accelerator: AcceleratorId): Record<string, number> {
  const totalsOf: Record<string, number> = {};
  for (const profile of Object.values(migGeometry(accelerator)?.profiles ?? {})) {
    for (const [name, amount] of Object.entries(amountsOf(profile))) {
      totalsOf[name] = Math.max(totalsOf[name] ?? 0, amount * profile.maxInstances);
    }
  }
  return totalsOf;
}

function totals(accelerator: AcceleratorId) {
  return counters(largest(accelerator), 0, memorySlicesPerGpu);
}

function capacities(amounts: Readonly<Record<string, number>>): Record<string, Capacity> {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [name, { value: quantity(name, amount) }]),
  );
}

/** The same by the names that counters have, and one for each memory slice: these say what excludes what. */
function counters(amounts: Readonly<Record<string, number>>, start: number, size: number) {
  const named = Object.entries(amounts).map(([name, amount]): [string, { value: string }] => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    { value: quantity(name, amount) },
  ]);
  const slices = Array.from({ length: size }, (_, index): [string, { value: string }] => [
    `memory-slice-${start + index}`,
    { value: "1" },
  ]);
  return Object.fromEntries([...named, ...slices]);
}

function quantity(name: string, amount: number): string {
  return name === "memory" ? memoryQuantity(amount) : String(amount);
}
