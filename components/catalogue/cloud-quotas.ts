/** Limits of an account that accelerators count against, by the clouds' own names. */
import type { AcceleratorSpecId } from "./accelerator-specs.ts";
import type { AwsSeries } from "./aws-machines.ts";
import { type Known, unknown } from "./unknown.ts";

interface AwsQuota {
  /** As Service Quotas lists it; counted in vCPUs, and for each region apart. */
  readonly name: string;
  readonly code: string;
}

interface AwsQuotas {
  readonly onDemand: AwsQuota;
  readonly spot: Known<AwsQuota>;
}

const onDemandG = { name: "Running On-Demand G and VT instances", code: "L-DB2E81BA" };
const onDemandP = { name: "Running On-Demand P instances", code: "L-417A185B" };
const spotG = { name: "All G and VT Spot Instance Requests", code: "L-3819A6DF" };
const spotP4 = { name: "All P4, P3 and P2 Spot Instance Requests", code: "L-7212CCBC" };
const spotP5 = { name: "All P5 Spot Instance Requests", code: "L-C4BD4855" };
const spotP6 = unknown("the page names no quota for P6");

const seriesG: AwsQuotas = { onDemand: onDemandG, spot: spotG };
const seriesP4: AwsQuotas = { onDemand: onDemandP, spot: spotP4 };
const seriesP5: AwsQuotas = { onDemand: onDemandP, spot: spotP5 };
const seriesP6: AwsQuotas = { onDemand: onDemandP, spot: spotP6 };

/**
 * Names: the EC2 user guide, Spot Instance quotas. Codes: public code that asks Service Quotas for them.
 * That P5 and P6 count as P on demand follows from the name alone. Checked 2026-11-21.
 */
export const awsVcpuQuotas: { readonly [Series in AwsSeries]: AwsQuotas } = {
  g4dn: seriesG,
  g5: seriesG,
  g6: seriesG,
  g6e: seriesG,
  g6f: seriesG,
  g7: seriesG,
  g7e: seriesG,
  gr6: seriesG,
  gr6f: seriesG,
  p4d: seriesP4,
  p4de: seriesP4,
  p5: seriesP5,
  p5e: seriesP5,
  p5en: seriesP5,
  "p6-b200": seriesP6,
  "p6-b300": seriesP6,
};

const newer = unknown("not among a region's quotas that the Compute API lists: dstackai/dstack PR 3100");
const notSold = unknown("not sold by Google");
const ofTpus = unknown("TPUs have quotas of their own, which no source that was read names");

/**
 * Metrics counted in GPUs, for each region apart; those of spot machines begin with PREEMPTIBLE_.
 * Google.Cloud.Compute.V1 Quota.Types.Metric. Checked 2026-11-21.
 */
export const gcpGpuQuotas: { readonly [Id in AcceleratorSpecId]: Known<string> } = {
  "nvidia-t4": "NVIDIA_T4_GPUS",
  "nvidia-l4": "NVIDIA_L4_GPUS",
  "nvidia-a10g": notSold,
  "nvidia-a100-40gb": "NVIDIA_A100_GPUS",
  "nvidia-a100-80gb": "NVIDIA_A100_80GB_GPUS",
  "nvidia-l40s": notSold,
  "nvidia-rtx-pro-6000": newer,
  "nvidia-rtx-pro-4500": notSold,
  "nvidia-h100-80gb-sxm": newer,
  "nvidia-h200-141gb-sxm": newer,
  "nvidia-b200-sxm": newer,
  "nvidia-b300-sxm": notSold,
  "nvidia-gb200": newer,
  "nvidia-gb300": newer,
  "google-tpu-v5e": ofTpus,
  "google-tpu-v5p": ofTpus,
  "google-tpu-v6e": ofTpus,
  "google-tpu-v7x": ofTpus,
};
