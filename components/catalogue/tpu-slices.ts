/** Slices of TPUs: chips that are joined by a network of their own, and the hosts that carry them. */
import type { AcceleratorId, TpuAcceleratorId } from "./hardware.ts";

export interface SliceShape {
  /** Chips along each axis, as the value of cloud.google.com/gke-tpu-topology. */
  readonly topology: string;
  readonly chipsPerHost: number;
  /** Hosts of one slice. */
  readonly hosts: number;
}

interface SliceShapes {
  /** Smallest first; a shape with hosts of two sizes stands there twice. */
  readonly shapes: readonly SliceShape[];
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

/** Shapes that both generations with two axes have, by the chips of a host. */
const flat: readonly SliceShape[] = [
  shape("1x1", 1, 1),
  shape("2x2", 4, 1),
  shape("2x4", 8, 1),
  shape("2x4", 4, 2),
  shape("4x4", 4, 4),
  shape("4x8", 4, 8),
  shape("8x8", 4, 16),
  shape("8x16", 4, 32),
  shape("16x16", 4, 64),
];

const pages = "Google's page on TPU";

export const tpuSlices: { readonly [Id in TpuAcceleratorId]: SliceShapes } = {
  "google-tpu-v5e": {
    shapes: flat,
    source:
      `${pages} v5e, configurations; 2x4 of hosts with four chips: GKE's tutorial on Multislice with Kueue;` +
      " 4x4 of four such hosts: Google's introduction to TPUs in GKE; larger ones in proportion",
    date: "2026-11-21",
  },
  "google-tpu-v5p": {
    // The page also tells of slices of more hosts than a pool may have.
    shapes: [
      shape("2x2x1", 4, 1),
      shape("2x2x2", 4, 2),
      shape("2x4x4", 4, 8),
      shape("4x4x4", 4, 16),
      shape("4x4x8", 4, 32),
      shape("4x8x8", 4, 64),
      shape("8x8x8", 4, 128),
      shape("8x8x16", 4, 256),
      shape("8x16x16", 4, 512),
    ],
    source: `${pages} v5p, configurations`,
    date: "2026-11-21",
  },
  "google-tpu-v6e": {
    shapes: flat,
    source: `${pages} v6e, supported configurations with machine types and numbers of VMs`,
    date: "2026-11-21",
  },
};

/** Every topology that some accelerator comes in. */
export const sliceTopologies = [
  ...new Set(Object.values(tpuSlices).flatMap(({ shapes }) => shapes.map(({ topology }) => topology))),
] as [string, ...string[]];

/** The slices that this accelerator comes in; undefined where it comes in none. */
export function sliceShapes(accelerator: AcceleratorId): readonly SliceShape[] | undefined {
  return (tpuSlices as Partial<Record<AcceleratorId, SliceShapes>>)[accelerator]?.shapes;
}

function shape(topology: string, chipsPerHost: number, hosts: number): SliceShape {
  return { topology, chipsPerHost, hosts };
}
