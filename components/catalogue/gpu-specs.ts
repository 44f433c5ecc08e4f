/** What NVIDIA's GPUs can do, by NVIDIA's own figures as others copied them. */
import type { AcceleratorSpec } from "./accelerator-specs.ts";
import { unknown } from "./unknown.ts";

const date = "2026-11-21";
const ec2 = "memory: EC2 DescribeInstanceTypes in aws/karpenter-provider-aws instance-types.md @1d92708";
const table =
  "throughput, watts: stas00/ml-engineering compute/accelerator/README.md @744d01e, dense columns";
const bandwidths = "bandwidth: the same table";
const links = "links: stas00/ml-engineering network/README.md @744d01e";
const capability = "capability: NVIDIA, CUDA GPU compute capability";

const nvlink = (totalGBps: number) => ({ kind: "nvlink", totalGBps }) as const;
const none = { kind: "none" } as const;

/** Units of Hopper and of what came before: 16-bit formats alike, 8-bit formats alike. */
const sixteenBit = (tflops: number) => ({ fp16: tflops, bf16: tflops });
const eightBit = (tflops: number) => ({ fp8: tflops, int8: tflops });

/**
 * Dense as NVIDIA prints it. The speed monitor of allenai/OLMo-core holds that L4 and L40S reach half of that
 * where sums are kept in 32 bits, as they are in training; no measurement was found that settles it.
 */
const l4 = { ...sixteenBit(121), fp8: 242, int8: 242, fp4: "none" } as const;
const l40s = { ...sixteenBit(362), ...eightBit(733), fp4: "none" } as const;
const hopper = { ...sixteenBit(989), ...eightBit(1979), fp4: "none" } as const;
const a100 = { ...sixteenBit(312), fp8: "none", int8: 624, fp4: "none" } as const;

const noServerFigures = unknown("found for the workstation edition alone, whose clocks are higher");

export const gpuSpecs = {
  "nvidia-t4": {
    family: "turing",
    memoryGiB: 16,
    memoryGB: 16,
    bandwidthGBps: 320,
    denseTflops: { fp16: 65, bf16: "none", fp8: "none", int8: 130, fp4: "none" },
    links: none,
    computeCapability: "7.5",
    watts: 70,
    mig: false,
    source: `${ec2}; throughput: NVIDIA's datasheet in Lightning-AI/pytorch-lightning @0810121`,
    date,
  },
  "nvidia-l4": {
    family: "ada-lovelace",
    memoryGiB: 22.35,
    memoryGB: 24,
    bandwidthGBps: 300,
    denseTflops: l4,
    links: none,
    computeCapability: "8.9",
    watts: 72,
    mig: false,
    source: `${ec2} (22888 MiB); throughput: half of a dealer's figure for sparse INT8, 485; ${capability}`,
    date,
  },
  "nvidia-a10g": {
    family: "ampere",
    memoryGiB: 22.35,
    memoryGB: 24,
    bandwidthGBps: 600,
    denseTflops: {
      // Not the A10's 125, which many sources give: the A10G is another board.
      ...sixteenBit(70),
      fp8: "none",
      int8: unknown("no figure found but the A10's, which is another board"),
      fp4: "none",
    },
    links: none,
    computeCapability: "8.6",
    watts: unknown("sources give 150, the A10's, and 300, what nvidia-smi shows on EC2"),
    mig: false,
    source:
      `${ec2} (22888 MiB); bandwidth: Baseten, A10 against A10G; throughput: AWS's datasheet, in the speed ` +
      `monitor of allenai/OLMo-core; ${capability} (A10)`,
    date,
  },
  "nvidia-a100-40gb": {
    family: "ampere",
    memoryGiB: 40,
    memoryGB: 40,
    bandwidthGBps: 1555,
    denseTflops: a100,
    links: nvlink(600),
    computeCapability: "8.0",
    watts: 400,
    mig: true,
    source: `${ec2}; ${table}; bandwidth: DataCrunch's copy of NVIDIA's datasheet; ${links}; ${capability}`,
    date,
  },
  "nvidia-a100-80gb": {
    family: "ampere",
    memoryGiB: 80,
    memoryGB: 80,
    bandwidthGBps: 2000,
    denseTflops: a100,
    links: nvlink(600),
    computeCapability: "8.0",
    watts: 400,
    mig: true,
    source: `${ec2}; ${table}; ${bandwidths}, rounded to 2.00 TB/s there; ${links}; ${capability}`,
    date,
  },
  "nvidia-l40s": {
    family: "ada-lovelace",
    memoryGiB: 44.7,
    memoryGB: 48,
    bandwidthGBps: 864,
    denseTflops: l40s,
    links: none,
    computeCapability: "8.9",
    watts: 350,
    mig: false,
    source: `${ec2} (45776 MiB); ${table}; bandwidth: a dealer's comparison; ${capability}`,
    date,
  },
  "nvidia-rtx-pro-6000": {
    family: "blackwell",
    memoryGiB: 96,
    memoryGB: 96,
    bandwidthGBps: noServerFigures,
    denseTflops: {
      fp16: noServerFigures,
      bf16: noServerFigures,
      fp8: noServerFigures,
      int8: noServerFigures,
      fp4: noServerFigures,
    },
    links: none,
    computeCapability: "12.0",
    watts: 600,
    mig: true,
    source: `server edition; ${ec2} (98304 MiB); watts: the table of ml-engineering; ${capability}`,
    date,
  },
  "nvidia-rtx-pro-4500": {
    family: "blackwell",
    memoryGiB: 32,
    memoryGB: 32,
    bandwidthGBps: noServerFigures,
    denseTflops: {
      fp16: noServerFigures,
      bf16: noServerFigures,
      fp8: noServerFigures,
      int8: noServerFigures,
      fp4: noServerFigures,
    },
    links: none,
    computeCapability: "12.0",
    watts: unknown("no figure found for the server edition"),
    mig: true,
    source: `server edition; ${ec2} (32768 MiB); MIG: NVIDIA MIG user guide v610; ${capability}`,
    date,
  },
  "nvidia-h100-80gb-sxm": {
    family: "hopper",
    memoryGiB: 80,
    memoryGB: 80,
    bandwidthGBps: 3350,
    denseTflops: hopper,
    links: nvlink(900),
    computeCapability: "9.0",
    watts: 700,
    mig: true,
    source: `${ec2} (81920 MiB); ${table}; ${bandwidths}; ${links}; ${capability}`,
    date,
  },
  "nvidia-h200-141gb-sxm": {
    family: "hopper",
    memoryGiB: 141,
    memoryGB: 141,
    bandwidthGBps: 4800,
    denseTflops: hopper,
    links: nvlink(900),
    computeCapability: "9.0",
    watts: 700,
    mig: true,
    source: `${ec2} (144384 MiB); ${table}; ${bandwidths}; ${links}; ${capability}`,
    date,
  },
  "nvidia-b200-sxm": {
    family: "blackwell",
    memoryGiB: 179.1,
    memoryGB: 180,
    bandwidthGBps: 8000,
    denseTflops: { ...sixteenBit(2250), ...eightBit(4500), fp4: 9000 },
    links: nvlink(1800),
    computeCapability: "10.0",
    watts: 1000,
    mig: true,
    source: `${ec2} (183359 MiB); ${table}, fp4 and int8 @0074473; ${bandwidths}; ${links}; ${capability}`,
    date,
  },
  "nvidia-b300-sxm": {
    family: "blackwell",
    memoryGiB: 268.6,
    memoryGB: 288,
    bandwidthGBps: 8000,
    denseTflops: {
      ...sixteenBit(2250),
      fp8: 4500,
      int8: unknown("no dense figure found"),
      fp4: unknown("no dense figure found"),
    },
    links: nvlink(1800),
    computeCapability: "10.3",
    watts: unknown("sources give 1000, the most of a DGX B300, and 1400"),
    mig: true,
    source: `${ec2} (275040 MiB); ${table}; ${bandwidths}; ${links}; ${capability}`,
    date,
  },
  "nvidia-gb200": {
    family: "blackwell",
    memoryGiB: unknown("no cloud reports it; the MIG user guide speaks of 186 GB"),
    memoryGB: 186,
    bandwidthGBps: 8000,
    denseTflops: { ...sixteenBit(2500), ...eightBit(5000), fp4: 10_000 },
    links: nvlink(1800),
    computeCapability: "10.0",
    watts: 1200,
    mig: true,
    source: `one GPU of the two of a superchip; ${table}, fp4 and int8 @0074473; ${bandwidths}; ${links}`,
    date,
  },
  "nvidia-gb300": {
    family: "blackwell",
    memoryGiB: unknown("no cloud reports it"),
    memoryGB: 288,
    bandwidthGBps: 8000,
    denseTflops: {
      ...sixteenBit(2500),
      fp8: 5000,
      int8: unknown("as of the B300"),
      fp4: unknown("as of the B300"),
    },
    links: nvlink(1800),
    computeCapability: "10.3",
    watts: 1400,
    mig: true,
    source: `one GPU of the two of a superchip; ${table}; ${bandwidths}; ${links}; ${capability}`,
    date,
  },
} as const satisfies Record<string, AcceleratorSpec>;

export type GpuSpecId = keyof typeof gpuSpecs;
