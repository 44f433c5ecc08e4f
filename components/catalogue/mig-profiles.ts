/** How MIG can partition each GPU: its profiles, their size, and where on the GPU they may start. */
import type { AcceleratorId, MigAcceleratorId } from "./hardware.ts";

export interface MigProfile {
  /** Memory that the driver gives to an instance. */
  readonly memoryMiB: number;
  /** Of the seven that a GPU has. */
  readonly computeSlices: number;
  /** Of the eight that a GPU has; an instance takes this many in a row. */
  readonly memorySlices: number;
  /** Memory slices that an instance may begin at. */
  readonly starts: readonly number[];
  /** The most on one GPU. */
  readonly maxInstances: number;
  /** Number of the GPU instance profile, by which the DRA driver names its devices. */
  readonly profileId: number;
  readonly multiprocessors: number;
  /** What GPU Feature Discovery writes of an instance's engines. */
  readonly engines: MigEngines;
}

interface MigEngines {
  readonly copy: number;
  readonly decoder: number;
  readonly encoder: number;
  readonly jpeg: number;
  readonly ofa: number;
}

export interface MigGeometry {
  /** By name, as nvidia-smi writes it. */
  readonly profiles: Readonly<Record<string, MigProfile>>;
  /** Of the whole GPU without MIG; on some the profile of all slices has fewer. */
  readonly multiprocessors: number;
  /** PCI device and vendor, by which the MIG manager tells GPUs apart. */
  readonly deviceFilter: string;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

export const computeSlicesPerGpu = 7;
export const memorySlicesPerGpu = 8;

type Shape = Pick<MigProfile, "computeSlices" | "memorySlices" | "starts" | "maxInstances" | "profileId">;

/** The same on all of these GPUs, from the smallest instance to the whole GPU. */
const shapes: readonly Shape[] = [
  { computeSlices: 1, memorySlices: 1, starts: [0, 1, 2, 3, 4, 5, 6], maxInstances: 7, profileId: 19 },
  // With the GPU's only media extensions.
  { computeSlices: 1, memorySlices: 1, starts: [0, 1, 2, 3, 4, 5, 6], maxInstances: 1, profileId: 20 },
  { computeSlices: 1, memorySlices: 2, starts: [0, 2, 4, 6], maxInstances: 4, profileId: 15 },
  { computeSlices: 2, memorySlices: 2, starts: [0, 2, 4], maxInstances: 3, profileId: 14 },
  { computeSlices: 3, memorySlices: 4, starts: [0, 4], maxInstances: 2, profileId: 9 },
  { computeSlices: 4, memorySlices: 4, starts: [0], maxInstances: 1, profileId: 5 },
  { computeSlices: 7, memorySlices: 8, starts: [0], maxInstances: 1, profileId: 0 },
];

type Row = readonly [
  name: string,
  memoryMiB: number,
  multiprocessors: number,
  copy: number,
  decoder: number,
  jpeg: number,
  ofa: number,
];

/** One row per shape, in the same order. */
function geometry(rows: readonly Row[]): Record<string, MigProfile> {
  return Object.fromEntries(
    shapes.map((shape, index) => {
      const row = rows[index];
      if (!row) throw new Error(`no row for the shape with index ${index}`);
      const [name, memoryMiB, multiprocessors, copy, decoder, jpeg, ofa] = row;
      return [
        name,
        { ...shape, memoryMiB, multiprocessors, engines: { copy, decoder, encoder: 0, jpeg, ofa } },
      ];
    }),
  );
}

const guide = "names, engines, instances: NVIDIA MIG user guide v580, supported MIG profiles";
const starts = "starts: nvidia-smi mig -lgipp in the same guide, and on H100";
const whole =
  "multiprocessors of the whole GPU: haroldbenoit.com, notes on GPU hardware (A100, H100); hmc-tech.com, " +
  "comparison of A100 and B200; the H200 is the H100's chip";
const filter = `device: NVIDIA/gpu-operator assets/state-mig-manager/0400_configmap.yaml @0b0b6b1; ${whole}`;
const nvmlTables = "NVIDIA/k8s-test-infra deployments/nvml-mock profiles/mig";

export const migGeometries: Readonly<Record<MigAcceleratorId, MigGeometry>> = {
  "nvidia-a100-40gb": {
    profiles: geometry([
      ["1g.5gb", 4864, 14, 1, 0, 0, 0],
      ["1g.5gb+me", 4864, 14, 1, 1, 1, 1],
      ["1g.10gb", 9856, 14, 1, 1, 0, 0],
      ["2g.10gb", 9856, 28, 2, 1, 0, 0],
      ["3g.20gb", 19_968, 42, 3, 2, 0, 0],
      ["4g.20gb", 19_968, 56, 4, 2, 0, 0],
      ["7g.40gb", 40_192, 98, 7, 5, 1, 1],
    ]),
    multiprocessors: 108,
    deviceFilter: "0x20B010DE",
    source: `${guide}; ${starts}; memory: ${nvmlTables}/a100.yaml @b955629; ${filter}`,
    date: "2026-11-21",
  },
  "nvidia-a100-80gb": {
    profiles: geometry([
      ["1g.10gb", 9728, 14, 1, 0, 0, 0],
      ["1g.10gb+me", 9728, 14, 1, 1, 1, 1],
      ["1g.20gb", 19_968, 14, 1, 1, 0, 0],
      ["2g.20gb", 19_968, 28, 2, 1, 0, 0],
      ["3g.40gb", 40_192, 42, 3, 2, 0, 0],
      ["4g.40gb", 40_192, 56, 4, 2, 0, 0],
      ["7g.80gb", 80_896, 98, 7, 5, 1, 1],
    ]),
    multiprocessors: 108,
    deviceFilter: "0x20B210DE",
    source: `${guide}; ${starts}; memory: nvidia-smi mig -lgip and node labels of an A100 80GB; ${filter}`,
    date: "2026-11-21",
  },
  "nvidia-h100-80gb-sxm": {
    profiles: geometry([
      ["1g.10gb", 9984, 16, 1, 1, 1, 0],
      ["1g.10gb+me", 9984, 16, 1, 1, 1, 1],
      ["1g.20gb", 20_096, 26, 1, 1, 1, 0],
      ["2g.20gb", 20_096, 32, 2, 2, 2, 0],
      ["3g.40gb", 40_448, 60, 3, 3, 3, 0],
      ["4g.40gb", 40_448, 64, 4, 4, 4, 0],
      ["7g.80gb", 81_152, 132, 8, 7, 7, 1],
    ]),
    multiprocessors: 132,
    deviceFilter: "0x233010DE",
    source: `${guide}; ${starts}; memory: nvidia-smi mig -lgip and node labels of an H100 SXM; ${filter}`,
    date: "2026-11-21",
  },
  "nvidia-h200-141gb-sxm": {
    profiles: geometry([
      ["1g.18gb", 16_384, 16, 1, 1, 1, 0],
      ["1g.18gb+me", 16_384, 16, 1, 1, 1, 1],
      ["1g.35gb", 33_280, 26, 1, 1, 1, 0],
      ["2g.35gb", 33_280, 32, 2, 2, 2, 0],
      ["3g.71gb", 71_885, 60, 3, 3, 3, 0],
      ["4g.71gb", 71_885, 64, 4, 4, 4, 0],
      ["7g.141gb", 143_360, 132, 8, 7, 7, 1],
    ]),
    multiprocessors: 132,
    deviceFilter: "0x233510DE",
    source:
      `${guide}; ${starts}; memory: nvidia-smi mig -lgip of an H200, but of 3g and 4g half of the GPU's, ` +
      "of which no listing was found; multiprocessors of 1g.35gb and 4g: those of the H100, the same chip; " +
      filter,
    date: "2026-11-21",
  },
  "nvidia-b200-sxm": {
    profiles: geometry([
      ["1g.23gb", 22_919, 18, 2, 1, 1, 0],
      ["1g.23gb+me", 22_919, 18, 2, 1, 1, 1],
      ["1g.45gb", 45_839, 18, 2, 1, 1, 0],
      ["2g.45gb", 45_839, 36, 3, 1, 1, 0],
      ["3g.90gb", 91_679, 54, 6, 1, 1, 0],
      ["4g.90gb", 91_679, 72, 8, 1, 1, 0],
      ["7g.180gb", 183_359, 126, 16, 1, 1, 1],
    ]),
    multiprocessors: 148,
    deviceFilter: "0x290110DE",
    source:
      `${guide}; starts: as on the other GPUs with seven slices, and ${nvmlTables}/gb200.yaml @4fc57d0; ` +
      "memory: eighths of the GPU's, no listing found; multiprocessors: NVIDIA/go-nvml mock b200.go " +
      `@2973beb; ${filter}`,
    date: "2026-11-21",
  },
};

/** How this accelerator can be partitioned; undefined where it has no MIG. */
export function migGeometry(accelerator: AcceleratorId): MigGeometry | undefined {
  return (migGeometries as Partial<Record<AcceleratorId, MigGeometry>>)[accelerator];
}
