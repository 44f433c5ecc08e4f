/** The state of a workload and its reason, row by row. */
import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import type { CheckState, Workload, WorkloadCondition } from "../../../embedded/status/kueue-objects.ts";
import { isReplaced, workloadState } from "../../../embedded/status/workload-state.ts";

const condition = (type: string, status: WorkloadCondition["status"], message: string) => ({
  type,
  status,
  message,
  reason: "Test",
});
const admitted = condition("Admitted", "True", "The workload is admitted");
const reserved = condition("QuotaReserved", "True", "Quota reserved");
const noRoom = condition("QuotaReserved", "False", "12 more needed");

const pod = (node: string, ready: "True" | "False"): V1Pod => ({
  spec: { nodeName: node, containers: [] },
  status: { conditions: [{ type: "Ready", status: ready }] },
});

const rows: {
  case: string;
  conditions?: WorkloadCondition[];
  active?: boolean;
  pods?: V1Pod[];
  checks?: CheckState[];
  clusterName?: string;
  want: [state: string, reason: string];
}[] = [
  { case: "just made", want: ["Waiting", "Kueue has not looked at it yet"] },
  { case: "no room", conditions: [noRoom], want: ["Waiting", "12 more needed"] },
  {
    case: "preempted, and again no room",
    conditions: [noRoom, condition("Evicted", "True", "Preempted by a")],
    want: ["Waiting", "12 more needed"],
  },
  {
    case: "preempted, not looked at again",
    conditions: [condition("Evicted", "True", "Preempted by a")],
    want: ["Waiting", "Preempted by a"],
  },
  {
    case: "an eviction that is over",
    conditions: [condition("Evicted", "False", "Previously: Preempted by a")],
    want: ["Waiting", "Kueue has not looked at it yet"],
  },
  {
    case: "scaled to nothing",
    conditions: [{ ...condition("QuotaReserved", "False", "on hold"), reason: "OnHold" }],
    want: ["Stopped", "on hold"],
  },
  { case: "admitted without pods", conditions: [admitted], want: ["Admitted", "0 of 2 pods are ready"] },
  {
    case: "admitted, one pod ready",
    conditions: [admitted],
    pods: [pod("a", "True"), pod("b", "False")],
    want: ["Admitted", "1 of 2 pods are ready"],
  },
  {
    case: "running on two nodes",
    conditions: [admitted],
    pods: [pod("a", "True"), pod("b", "True")],
    want: ["Running", "2 of 2 pods on 2 nodes"],
  },
  {
    case: "running on one node",
    conditions: [admitted],
    pods: [pod("a", "True"), pod("a", "True")],
    want: ["Running", "2 of 2 pods on 1 node"],
  },
  {
    case: "sent to another cluster",
    conditions: [admitted],
    clusterName: "east",
    want: ["Admitted", "in cluster east"],
  },
  {
    case: "running in another cluster",
    conditions: [admitted, condition("PodsReady", "True", "")],
    clusterName: "east",
    want: ["Running", "in cluster east"],
  },
  {
    case: "evicted, its pods not yet gone",
    conditions: [admitted, condition("Evicted", "True", "Admitting remote lost")],
    want: ["Admitted", "Admitting remote lost"],
  },
  {
    case: "quota held, nodes ordered",
    conditions: [reserved],
    checks: [
      { name: "paid", state: "Ready", message: "" },
      { name: "provision-h100", state: "Pending", message: "in 5 minutes" },
      { name: "other", state: "Retry", message: "" },
    ],
    want: ["Waiting", "quota is held; provision-h100 is Pending: in 5 minutes; other is Retry"],
  },
  {
    case: "quota held, no check open",
    conditions: [reserved],
    want: ["Waiting", "Quota reserved"],
  },
  {
    case: "finished, its pods still there",
    conditions: [admitted, condition("Finished", "True", "Job finished successfully")],
    pods: [pod("a", "True"), pod("b", "True")],
    want: ["Finished", "Job finished successfully"],
  },
  {
    case: "deactivated for good",
    active: false,
    conditions: [condition("Evicted", "True", "exceeded the requeue limit")],
    want: ["Inactive", "exceeded the requeue limit"],
  },
  { case: "deactivated by hand", active: false, want: ["Inactive", "deactivated"] },
];

test.each(rows)("$case", ({ conditions = [], active, pods = [], checks, clusterName, want }) => {
  const workload: Workload = {
    metadata: { name: "w", namespace: "research" },
    spec: { active, podSets: [{ count: 2, template: {} }] },
    status: { conditions, admissionChecks: checks ?? [], ...(clusterName ? { clusterName } : {}) },
  };
  const { state, reason } = workloadState(workload, pods);
  expect([state, reason]).toEqual(want);
});

test.each([
  { case: "one that waits", finished: undefined, want: false },
  { case: "one that succeeded", finished: { status: "True", reason: "Succeeded" }, want: false },
  { case: "one whose job grew", finished: { status: "True", reason: "WorkloadSliceReplaced" }, want: true },
  { case: "one of two that were made", finished: { status: "True", reason: "OutOfSync" }, want: true },
  { case: "one that goes on", finished: { status: "False", reason: "WorkloadSliceReplaced" }, want: false },
] as const)("$case", ({ finished, want }) => {
  const conditions = finished ? [{ type: "Finished", message: "", ...finished }] : [];
  expect(isReplaced({ status: { conditions } })).toBe(want);
});
