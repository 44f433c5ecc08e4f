/** What repair services of clouds take as a request: labels that they document for a Node. */
import type { Repair } from "./gpu-faults.ts";

/** Labels of a drained node, by the repair that it needs. */
export type RepairLabels = Readonly<Record<Repair, Readonly<Record<string, string>>>>;

export interface RepairService {
  readonly labels: RepairLabels;
  /** Where it works. */
  readonly scope: string;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

/**
 * Node auto repair of EKS and GKE is not here: it acts on conditions (EKS: AcceleratedHardwareReady after
 * 10 minutes) or on NotReady (GKE: after about 10 minutes) by itself, and documents no label to ask with.
 */
export const repairServices = {
  gkeFaultyHost: {
    labels: {
      reset: { "cloud.google.com/fault-behavior": "XID" },
      replace: { "cloud.google.com/fault-behavior": "XID" },
    },
    scope: "GKE nodes on reserved A3 High, A3 Mega, A3 Ultra, A4 and A4X machines",
    source: "Google, Manage AI-optimized GKE clusters, Report faulty hosts through GKE (of 2026-04-06)",
    date: "2026-11-21",
  },
  hyperPod: {
    labels: {
      reset: { "sagemaker.amazonaws.com/node-health-status": "UnschedulablePendingReboot" },
      replace: { "sagemaker.amazonaws.com/node-health-status": "UnschedulablePendingReplacement" },
    },
    scope: "SageMaker HyperPod on EKS with automatic node recovery",
    source: "AWS, Resilience-related Kubernetes labels by SageMaker HyperPod",
    date: "2026-11-21",
  },
} as const satisfies Record<string, RepairService>;
