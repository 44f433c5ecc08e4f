/** Compute Engine machines with GPUs or TPUs, as GKE's node pools take them. */
import type { AcceleratorSpecId } from "./accelerator-specs.ts";
import type { CloudMachine } from "./cloud-machine.ts";
import { isKnown, type Known, unknown } from "./unknown.ts";

export interface GcpMachine extends CloudMachine {
  readonly provider: "gcp";
  /** The type that a node pool gives as its guest accelerator; TPUs come with the machine alone. */
  readonly guestAccelerator: Known<string> | "none";
  /** Network interfaces beside the host's own, each of which wants a network of its own or a subnet. */
  readonly acceleratorInterfaces: number;
  /** Disks of 375 GB that come with the machine. */
  readonly localSsds: Known<number>;
}

type Row = readonly [
  accelerators: number,
  vcpus: number,
  memoryGiB: number,
  more?: Partial<
    Pick<
      GcpMachine,
      "networkGbps" | "rdma" | "acceleratorInterfaces" | "localSsds" | "architecture" | "guestAccelerator"
    >
  >,
];

/** GKE's default; a node pool may set less or more when it is made. */
const maxPods = 110;
const ssdGB = 375;

const notOnGcp = unknown("not sold by Google as a machine of its own");

/** Names of the API: Cyclenerd tools/acceleratortypes.csv @dac3128. Checked 2026-11-20. */
const guestAccelerators: { readonly [Id in AcceleratorSpecId]: Known<string> | "none" } = {
  "nvidia-t4": "nvidia-tesla-t4",
  "nvidia-l4": "nvidia-l4",
  "nvidia-a10g": notOnGcp,
  "nvidia-a100-40gb": "nvidia-tesla-a100",
  "nvidia-a100-80gb": "nvidia-a100-80gb",
  "nvidia-l40s": notOnGcp,
  "nvidia-rtx-pro-6000": "nvidia-rtx-pro-6000",
  "nvidia-rtx-pro-4500": notOnGcp,
  "nvidia-h100-80gb-sxm": "nvidia-h100-80gb",
  "nvidia-h200-141gb-sxm": "nvidia-h200-141gb",
  "nvidia-b200-sxm": "nvidia-b200",
  "nvidia-b300-sxm": notOnGcp,
  "nvidia-gb200": "nvidia-gb200",
  "nvidia-gb300": unknown("not in the list of accelerator types of 2026-08-20"),
  "google-tpu-v5e": "none",
  "google-tpu-v5p": "none",
  "google-tpu-v6e": "none",
  "google-tpu-v7x": "none",
};

/**
 * Sizes: Cyclenerd/google-cloud-pricing-cost-calculator tools/machinetypes.csv @dac3128. Networks: Google's
 * page on networking and GPU machines, and of TPUs the one on TPU7x, by the chip. Local SSDs:
 * GoogleCloudPlatform/cluster-toolkit gke-node-pool @1047080. T4 are attached to machines of the series N1,
 * which are none of their own. Checked 2026-11-20.
 */
export const gcpMachines = {
  ...machines("nvidia-a100-40gb", {
    "a2-highgpu-1g": [1, 12, 85],
    "a2-highgpu-2g": [2, 24, 170],
    "a2-highgpu-4g": [4, 48, 340],
    "a2-highgpu-8g": [8, 96, 680, { networkGbps: 100 }],
    "a2-megagpu-16g": [16, 96, 1360, { networkGbps: 100 }],
  }),
  ...machines("nvidia-a100-80gb", {
    "a2-ultragpu-1g": [1, 12, 170],
    "a2-ultragpu-2g": [2, 24, 340],
    "a2-ultragpu-4g": [4, 48, 680],
    "a2-ultragpu-8g": [8, 96, 1360, { networkGbps: 100 }],
  }),
  ...machines("nvidia-l4", {
    "g2-standard-4": [1, 4, 16],
    "g2-standard-8": [1, 8, 32],
    "g2-standard-12": [1, 12, 48],
    "g2-standard-16": [1, 16, 64],
    "g2-standard-32": [1, 32, 128],
    "g2-standard-24": [2, 24, 96],
    "g2-standard-48": [4, 48, 192],
    "g2-standard-96": [8, 96, 384, { networkGbps: 100 }],
  }),
  ...machines("nvidia-rtx-pro-6000", {
    "g4-standard-6": [1 / 8, 6, 22],
    "g4-standard-12": [1 / 4, 12, 45],
    "g4-standard-24": [1 / 2, 24, 90],
    "g4-standard-48": [1, 48, 180],
    "g4-standard-96": [2, 96, 360],
    "g4-standard-192": [4, 192, 720],
    "g4-standard-384": [8, 384, 1440, { networkGbps: 400 }],
  }),
  ...machines("nvidia-h100-80gb-sxm", {
    "a3-highgpu-1g": [1, 26, 234],
    "a3-highgpu-2g": [2, 52, 468],
    "a3-highgpu-4g": [4, 104, 936],
    "a3-highgpu-8g": [
      8,
      208,
      1872,
      { networkGbps: 1000, rdma: "tcpx", acceleratorInterfaces: 4, localSsds: 16 },
    ],
    "a3-megagpu-8g": [
      8,
      208,
      1872,
      {
        networkGbps: 1800,
        rdma: "tcpxo",
        acceleratorInterfaces: 8,
        localSsds: 16,
        guestAccelerator: "nvidia-h100-mega-80gb",
      },
    ],
  }),
  ...machines("nvidia-h200-141gb-sxm", {
    "a3-ultragpu-8g": [
      8,
      224,
      2952,
      { networkGbps: 3600, rdma: "roce", acceleratorInterfaces: 8, localSsds: 32 },
    ],
  }),
  ...machines("nvidia-b200-sxm", {
    "a4-highgpu-8g": [
      8,
      224,
      3968,
      { networkGbps: 3600, rdma: "roce", acceleratorInterfaces: 8, localSsds: 32 },
    ],
  }),
  ...machines("nvidia-gb200", {
    "a4x-highgpu-4g": [
      4,
      140,
      884,
      { networkGbps: 2000, rdma: "roce", acceleratorInterfaces: 4, architecture: "arm64" },
    ],
  }),
  ...machines("nvidia-gb300", {
    "a4x-maxgpu-4g-metal": [
      4,
      144,
      960,
      { networkGbps: 3600, rdma: "roce", acceleratorInterfaces: 4, architecture: "arm64" },
    ],
  }),
  ...machines("google-tpu-v5e", {
    "ct5lp-hightpu-1t": [1, 24, 48],
    "ct5lp-hightpu-4t": [4, 112, 192],
    "ct5lp-hightpu-8t": [8, 224, 384],
  }),
  ...machines("google-tpu-v5p", {
    "ct5p-hightpu-4t": [4, 208, 448, { networkGbps: 200 }],
  }),
  ...machines("google-tpu-v6e", {
    "ct6e-standard-1t": [1, 44, 176, { networkGbps: 100 }],
    "ct6e-standard-4t": [4, 180, 720, { networkGbps: 400 }],
    "ct6e-standard-8t": [8, 360, 1440, { networkGbps: 800 }],
  }),
  ...machines("google-tpu-v7x", {
    "tpu7x-standard-4t": [4, 224, 960, { networkGbps: 400 }],
    "tpu7x-standard-1t": [1, 56, 240, { networkGbps: 100 }],
  }),
};

export type GcpMachineId = keyof typeof gcpMachines;

/** The series that quotas go by: all but the size. */
export type GcpSeries = SeriesOf<GcpMachineId>;

type SeriesOf<Id> = Id extends `${infer Series}-${infer Kind}-${string}` ? `${Series}-${Kind}` : never;

export function gcpSeries(machine: GcpMachineId): GcpSeries {
  return machine.split("-").slice(0, 2).join("-") as GcpSeries;
}

function machines<const Name extends string>(
  accelerator: AcceleratorSpecId,
  rows: Readonly<Record<Name, Row>>,
): { readonly [Key in Name]: GcpMachine } {
  const entries = Object.entries<Row>(rows).map(([name, row]) => [name, machine(name, accelerator, row)]);
  return Object.fromEntries(entries) as { [Key in Name]: GcpMachine };
}

function machine(name: string, accelerator: AcceleratorSpecId, row: Row): GcpMachine {
  const [accelerators, vcpus, memoryGiB, more = {}] = row;
  const localSsds = more.localSsds ?? unknown("no source says how many come with it");
  return {
    name,
    provider: "gcp",
    accelerator,
    accelerators,
    vcpus,
    memoryGiB,
    maxPods,
    architecture: "amd64",
    networkGbps: unknown("Google's page lists the largest machine of a series alone"),
    rdma: "none",
    acceleratorInterfaces: 0,
    guestAccelerator: guestAccelerators[accelerator],
    ...more,
    localSsds,
    localNvmeGB: isKnown(localSsds) ? ssdGB * localSsds : localSsds,
  };
}
