/** Where a replica may stand: on which accelerators, shared how by its own ranks and with whom else. */
import { type AcceleratorId, accelerators } from "../../catalogue/hardware.ts";
import { migGeometry } from "../../catalogue/mig-profiles.ts";
import type { Quantization } from "../../catalogue/quantization.ts";
import { visibleBytes } from "../models/model-fit.ts";
import { alone, type Parallelism, ranks } from "../models/parallelism.ts";
import { migParts, mpsLoss, timeSlicingLoss } from "../sharing-advice-model.ts";
import { type AcceleratorShare, wholeAccelerator } from "./serving-hardware.ts";

/** Weights as they are published, in the model's own type, or in a format. */
export type WeightFormat = "published" | "none" | Quantization;

/** Whether a replica has its accelerators alone, or a part of one. */
export type PlacementSharing =
  | { readonly mode: "dedicated" }
  | { readonly mode: "mig"; readonly profile: string }
  | { readonly mode: "time-slicing" | "mps"; readonly clients: number };

export type PlacementMode = PlacementSharing["mode"];

export interface Placement {
  readonly accelerator: AcceleratorId;
  readonly parallelism: Parallelism;
  readonly format: WeightFormat;
  readonly sharing: PlacementSharing;
}

/** What a replica has of each accelerator that it stands on. */
export interface PlacementPart extends AcceleratorShare {
  /** Memory that its program sees. */
  readonly memoryBytes: number;
  /** Replicas on one accelerator, where they share one. */
  readonly perAccelerator: number;
}

const bytesPerMiB = 2 ** 20;

/** Clients that are tried; nobody has measured more of them under models of this kind. */
const clientCounts = [2, 4, 8];

/** Machines that one replica spans, at most. */
const mostStages = 4;

export function placementPart({ accelerator, sharing }: Placement): PlacementPart {
  const memoryBytes = visibleBytes(accelerator);
  switch (sharing.mode) {
    case "dedicated":
      return { ...wholeAccelerator, memoryBytes, perAccelerator: 1 };
    case "mig": {
      const { geometry, profile } = profileOf(accelerator, sharing.profile);
      const { multiprocessors, bandwidth } = migParts(geometry, sharing.profile);
      return {
        compute: multiprocessors,
        bandwidth,
        memoryBytes: profile.memoryMiB * bytesPerMiB,
        perAccelerator: profile.maxInstances,
      };
    }
    default: {
      // All of them are busy when it matters.
      const { clients } = sharing;
      const part = (1 - (sharing.mode === "mps" ? mpsLoss : timeSlicingLoss)) / clients;
      return { compute: part, bandwidth: part, memoryBytes: memoryBytes / clients, perAccelerator: clients };
    }
  }
}

function profileOf(accelerator: AcceleratorId, name: string) {
  const geometry = migGeometry(accelerator);
  const profile = geometry?.profiles[name];
  if (geometry === undefined || profile === undefined) {
    throw new Error(`${accelerator} has no MIG profile ${name}`);
  }
  return { geometry, profile };
}

/** Every way to place a replica on an accelerator, in formats and modes that are allowed. */
export function placements(
  accelerator: AcceleratorId,
  formats: readonly WeightFormat[],
  modes: readonly PlacementMode[],
): Placement[] {
  return formats.flatMap((format) =>
    modes.flatMap((mode) => waysOf(accelerator, mode).map((way) => ({ accelerator, format, ...way }))),
  );
}

type Way = Pick<Placement, "parallelism" | "sharing">;

function waysOf(accelerator: AcceleratorId, mode: PlacementMode): Way[] {
  switch (mode) {
    case "dedicated":
      return dedicated(accelerators[accelerator].maxPerNode);
    case "mig":
      return migProfiles(accelerator).map((profile) => ({ parallelism: alone, sharing: { mode, profile } }));
    default: {
      if (accelerators[accelerator].resourceName !== "nvidia.com/gpu") return [];
      return clientCounts.map((clients) => ({ parallelism: alone, sharing: { mode, clients } }));
    }
  }
}

/** Tensors are cut within a machine; layers are put in stages over several, a whole machine each. */
function dedicated(perMachine: number): Way[] {
  const degrees = [1, 2, 4, 8].filter((degree) => degree <= perMachine);
  const stages = Array.from({ length: mostStages - 1 }, (_, index) => index + 2);
  return [
    ...degrees.map((tensor) => ({ ...alone, tensor })),
    ...stages.map((pipeline) => ({ ...alone, tensor: perMachine, pipeline })),
  ].map((parallelism) => ({ parallelism, sharing: { mode: "dedicated" } }));
}

/** Parts of a GPU; the whole of it is better had without MIG, and media extensions do not compute. */
function migProfiles(accelerator: AcceleratorId): string[] {
  const profiles = Object.entries(migGeometry(accelerator)?.profiles ?? {});
  return profiles
    .filter(([name, { memorySlices }]) => memorySlices < 8 && !name.includes("+"))
    .map(([name]) => name);
}

/** A placement in words. */
export function describedPlacement({ accelerator, parallelism, format, sharing }: Placement): string {
  const { tensor, pipeline } = parallelism;
  const stages = pipeline > 1 ? `, pipeline ${pipeline}` : "";
  const weights = typeof format === "object" ? format.format : { published: "", none: "unquantised" }[format];
  return [
    sharedAs(accelerator, parallelism, sharing),
    ...(sharing.mode === "dedicated" && ranks(parallelism) > 1 ? [`tensor ${tensor}${stages}`] : []),
    ...(weights === "" ? [] : [weights]),
  ].join(", ");
}

function sharedAs(accelerator: AcceleratorId, parallelism: Parallelism, sharing: PlacementSharing): string {
  switch (sharing.mode) {
    case "dedicated":
      return `${ranks(parallelism)} ${accelerator}`;
    case "mig":
      return `${sharing.profile} of ${accelerator}`;
    default:
      return `1/${sharing.clients} of ${accelerator} by ${sharing.mode}`;
  }
}
