/** The state of one workload and the reason for it, from Kueue's conditions and the pods. */
import type { V1Pod } from "@kubernetes/client-node";
import type { Workload, WorkloadCondition } from "./kueue-objects.ts";
import type { WorkloadStatus } from "./platform-status.ts";

type State = Pick<WorkloadStatus, "state" | "reason">;

/** Looked at in this order; the first row that applies tells the state. */
export function workloadState(workload: Workload, pods: readonly V1Pod[]): State {
  const condition = (type: string) => workload.status?.conditions?.find((item) => item.type === type);
  const holds = (type: string) => condition(type)?.status === "True";
  if (holds("Finished")) return { state: "Finished", reason: condition("Finished")?.message ?? "" };
  if (workload.spec.active === false) {
    return { state: "Inactive", reason: condition("Evicted")?.message ?? "deactivated" };
  }
  if (holds("Admitted")) {
    if (holds("Evicted")) return { state: "Admitted", reason: condition("Evicted")?.message ?? "" };
    const cluster = workload.status?.clusterName;
    return cluster === undefined ? admitted(workload, pods) : elsewhere(cluster, holds("PodsReady"));
  }
  const waiting = condition("QuotaReserved");
  if (waiting?.status === "True") return { state: "Waiting", reason: checkedReason(workload, waiting) };
  if (waiting?.reason === "OnHold") return { state: "Stopped", reason: waiting.message };
  const evicted = condition("Evicted");
  return { state: "Waiting", reason: waitingReason(waiting, evicted) };
}

/** Why Kueue 0.19 ends the Workload of a job that goes on with another, as one that grows does. */
const replacements = ["WorkloadSliceReplaced", "OutOfSync"];

/** Whether another one goes on in its place. */
export function isReplaced({ status }: Pick<Workload, "status">): boolean {
  const finished = status?.conditions?.find(({ type }) => type === "Finished");
  return finished?.status === "True" && replacements.includes(finished.reason);
}

/** Quota is held, and what must hold beside it does not yet. */
function checkedReason({ status }: Workload, reserved: WorkloadCondition): string {
  const open = (status?.admissionChecks ?? []).filter(({ state }) => state !== "Ready");
  if (open.length === 0) return reserved.message;
  const told = open.map(({ name, state, message }) => `${name} is ${state}${message ? `: ${message}` : ""}`);
  return `quota is held; ${told.join("; ")}`;
}

/** Of a workload that another cluster runs, pods and nodes are to be seen there. */
function elsewhere(cluster: string, isReady: boolean): State {
  return { state: isReady ? "Running" : "Admitted", reason: `in cluster ${cluster}` };
}

/** Quota is held; it runs once every pod of the gang is ready. */
function admitted(workload: Workload, pods: readonly V1Pod[]): State {
  const expected = workload.spec.podSets.reduce((sum, { count }) => sum + count, 0);
  const ready = pods.filter((pod) => isReady(pod));
  const nodes = new Set(ready.map((pod) => pod.spec?.nodeName)).size;
  if (ready.length < expected)
    return { state: "Admitted", reason: `${ready.length} of ${expected} pods are ready` };
  return {
    state: "Running",
    reason: `${expected} of ${expected} pods on ${nodes} ${nodes === 1 ? "node" : "nodes"}`,
  };
}

function waitingReason(
  waiting: WorkloadCondition | undefined,
  evicted: WorkloadCondition | undefined,
): string {
  if (waiting?.message) return waiting.message;
  if (evicted?.status === "True") return evicted.message;
  return "Kueue has not looked at it yet";
}

function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
