/** Machine images of EKS: which parts of NVIDIA's software a node has before any operator comes. */
import type { AwsSeries } from "./aws-machines.ts";

/** What a GPU needs on its node, in the order in which each needs the one before. */
export const gpuParts = ["driver", "toolkit", "devicePlugin"] as const;

export type GpuPart = (typeof gpuParts)[number];

export interface GpuImage {
  readonly architecture: "amd64" | "arm64";
  /** Parts that are there already: a second owner of one breaks both. */
  readonly carries: readonly GpuPart[];
  /** Series that it is offered for. */
  readonly series: readonly AwsSeries[];
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

const date = "2026-11-20";
const offered = "series: AWS, EKS-optimised images for accelerators";
const al2023 = `carries: awslabs/amazon-eks-ami CHANGELOG.md; ${offered}`;
const bottlerocket = `carries: eksctl, GPU support; ${offered}`;

const everySeries: readonly AwsSeries[] = [
  "g4dn",
  "g5",
  "g6",
  "g6e",
  "g6f",
  "g7e",
  "gr6",
  "gr6f",
  "p4d",
  "p4de",
  "p5",
  "p5e",
  "p5en",
  "p6-b200",
  "p6-b300",
];

/** Of EKS, by the value of a node group's amiType. G7 is in no list of what they serve. */
export const eksGpuImages = {
  AL2023_x86_64_NVIDIA: {
    architecture: "amd64",
    carries: ["driver", "toolkit"],
    series: everySeries,
    source: al2023,
    date,
  },
  /** For machines with Arm processors, of which the catalogue has none: p6e-gb200 is left out, g5g too. */
  AL2023_ARM_64_NVIDIA: {
    architecture: "arm64",
    carries: ["driver", "toolkit"],
    series: [],
    source: al2023,
    date,
  },
  BOTTLEROCKET_x86_64_NVIDIA: {
    architecture: "amd64",
    carries: ["driver", "toolkit", "devicePlugin"],
    series: everySeries,
    source: bottlerocket,
    date,
  },
} as const satisfies Record<string, GpuImage>;

export type EksGpuImage = keyof typeof eksGpuImages;
