/** The little that health needs to know of Nodes, Pods and Kueue's Workloads, taken from their objects. */
import type { V1Node, V1NodeCondition, V1Pod, V1Taint } from "@kubernetes/client-node";
import { firstWorkloadOf, platformLabels } from "../../components/catalogue/labels.ts";
import { type HealthRecord, parseRecord } from "./health-record.ts";

export interface NodeView {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The pool that it belongs to; nodes without one are none of the platform's. */
  readonly pool: string | undefined;
  readonly conditions: readonly Pick<V1NodeCondition, "type" | "status" | "reason" | "message">[];
  readonly taints: readonly V1Taint[];
  readonly unschedulable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly record: HealthRecord | undefined;
}

export interface PodView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  /** Name of the Workload that it is part of, in its namespace; of an elastic job the first that it had. */
  readonly workload: string | undefined;
  readonly isTerminating: boolean;
}

export interface WorkloadView {
  readonly namespace: string;
  readonly name: string;
  /** Name of the first of the Workloads that an elastic job had one after another; else its own. */
  readonly firstName: string;
  readonly resourceVersion: string;
  readonly isActive: boolean;
  readonly holdsQuota: boolean;
  readonly isFinished: boolean;
  /** The node that this controller took it from, as long as it has not been given back to its queue. */
  readonly requeuedFrom: string | undefined;
}

/** The part of a Workload that is read. */
export interface Workload {
  metadata?: V1Pod["metadata"];
  spec?: { active?: boolean };
  status?: { admission?: object; conditions?: { type: string; status: string }[] };
}

export function nodeView({ metadata, spec, status }: V1Node): NodeView {
  return {
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    resourceVersion: metadata?.resourceVersion ?? "",
    pool: metadata?.labels?.[platformLabels.pool],
    conditions: (status?.conditions ?? []).map(({ type, status, reason, message }) => ({
      type,
      status,
      reason,
      message,
    })),
    taints: spec?.taints ?? [],
    unschedulable: spec?.unschedulable ?? false,
    labels: metadata?.labels ?? {},
    capacity: status?.capacity ?? {},
    allocatable: status?.allocatable ?? {},
    record: parseRecord(metadata?.annotations?.[platformLabels.nodeHealth]),
  };
}

/** Undefined for pods that do not keep a node from being empty: ended ones, and those that belong to it. */
export function podView({ metadata, spec, status }: V1Pod): PodView | undefined {
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  const isOfDaemonSet = metadata?.ownerReferences?.some(
    (owner) => owner.controller && owner.kind === daemonSet,
  );
  const isMirror = metadata?.annotations?.[mirrorAnnotation] !== undefined;
  if (!spec?.nodeName || hasEnded || isOfDaemonSet || isMirror) return undefined;
  return {
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    node: spec.nodeName,
    workload: firstWorkloadOf(metadata ?? {}),
    isTerminating: metadata?.deletionTimestamp !== undefined,
  };
}

export function workloadView({ metadata, spec, status }: Workload): WorkloadView {
  return {
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    firstName: firstWorkloadOf(metadata ?? {}) ?? metadata?.name ?? "",
    resourceVersion: metadata?.resourceVersion ?? "",
    isActive: spec?.active ?? true,
    holdsQuota: status?.admission !== undefined && status.admission !== null,
    isFinished:
      status?.conditions?.some(({ type, status }) => type === "Finished" && status === "True") ?? false,
    requeuedFrom: metadata?.annotations?.[platformLabels.requeuedFrom],
  };
}

const daemonSet = "DaemonSet";
const mirrorAnnotation = "kubernetes.io/config.mirror";
