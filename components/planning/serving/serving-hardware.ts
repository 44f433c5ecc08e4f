/**
 * What one rank of a replica has to work with: operations, bandwidth and links, as far as engines reach
 * them.
 */
import {
  type AcceleratorSpec,
  type AcceleratorSpecId,
  acceleratorSpec,
  type Dtype,
  dtypes,
} from "../../catalogue/accelerator-specs.ts";
import {
  bandwidthEfficiency,
  computeEfficiency,
  linkEfficiency,
} from "../../catalogue/serving-efficiency.ts";
import { isKnown, type Known, unknown } from "../../catalogue/unknown.ts";

/** A way for messages between ranks. */
export interface Link {
  /** In one direction, of one rank. */
  readonly bytesPerSecond: number;
  /** Until the first byte is there. */
  readonly seconds: number;
}

export interface ServingHardware {
  /** Operations a second, of types that the accelerator has units for. */
  readonly operations: Readonly<Partial<Record<Dtype, number>>>;
  readonly bytesPerSecond: number;
  /** Between ranks of one machine. */
  readonly link: Link;
  /** Between machines. */
  readonly network: Link;
}

/** Parts of an accelerator that a replica has, each from 0 to 1. */
export interface AcceleratorShare {
  readonly compute: number;
  readonly bandwidth: number;
}

export const wholeAccelerator: AcceleratorShare = { compute: 1, bandwidth: 1 };

/** Gbit/s of a machine's network where nothing is said of it: one stage is on each machine. */
const plainNetworkGbps = 100;

export function servingHardware(
  accelerator: AcceleratorSpecId,
  share: AcceleratorShare = wholeAccelerator,
  networkGbps: number = plainNetworkGbps,
): Known<ServingHardware> {
  const spec = acceleratorSpec(accelerator);
  if (spec.family === "tpu") return unknown("no published figures of TPUs were compared yet");
  if (!isKnown(spec.bandwidthGBps)) return spec.bandwidthGBps;
  const operations = reachedOperations(spec, share.compute);
  if (Object.keys(operations).length === 0) return unknown("its throughput is not known");
  return {
    operations,
    bytesPerSecond: spec.bandwidthGBps * 1e9 * bandwidthEfficiency.part * share.bandwidth,
    link: linkOf(spec),
    network: {
      bytesPerSecond: (networkGbps / 8) * 1e9 * linkEfficiency.networkPart,
      seconds: linkEfficiency.networkSeconds,
    },
  };
}

function reachedOperations({ denseTflops }: AcceleratorSpec, part: number): Partial<Record<Dtype, number>> {
  const known = dtypes.flatMap((dtype) => {
    const tflops = denseTflops[dtype];
    return typeof tflops === "number" ? [[dtype, tflops * 1e12 * computeEfficiency.parts[dtype] * part]] : [];
  });
  return Object.fromEntries(known);
}

/** The figure of NVLink counts both directions. */
function linkOf({ links }: AcceleratorSpec): Link {
  const { nvlinkPart, nvlinkSeconds, pcieGBps, pcieSeconds } = linkEfficiency;
  return links.kind === "nvlink"
    ? { bytesPerSecond: (links.totalGBps / 2) * 1e9 * nvlinkPart, seconds: nvlinkSeconds }
    : { bytesPerSecond: pcieGBps * 1e9, seconds: pcieSeconds };
}
