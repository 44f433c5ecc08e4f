import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { nodeView, podView, type Workload, workloadView } from "../../../controllers/node-health/views.ts";
import { makeNode, makePod, makeRecord, makeWorkload } from "../../support/health-world.ts";

const node: V1Node = {
  metadata: {
    name: "h100-0",
    uid: "uid-h100-0",
    resourceVersion: "7",
    labels: { "plinth.dev/pool": "h100" },
    annotations: { "plinth.dev/node-health": JSON.stringify(makeRecord()) },
  },
  spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
  status: {
    capacity: { "nvidia.com/gpu": "8" },
    allocatable: { "nvidia.com/gpu": "8" },
    conditions: [
      { type: "Ready", status: "True", reason: "KubeletReady", message: "", lastHeartbeatTime: new Date() },
    ],
  },
};

const pod: V1Pod = {
  metadata: {
    namespace: "research",
    name: "pretrain-0",
    uid: "uid-pretrain-0",
    annotations: { "kueue.x-k8s.io/workload": "job-pretrain" },
    ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "pretrain", uid: "1", controller: true }],
  },
  spec: { nodeName: "h100-0", containers: [] },
  status: { phase: "Running" },
};

const workload: Workload = {
  metadata: { namespace: "research", name: "job-pretrain", resourceVersion: "9" },
  status: { admission: {}, conditions: [{ type: "Admitted", status: "True" }] },
};

test("a node with what was remembered of it", () => {
  const labels = { "plinth.dev/pool": "h100" };
  expect(nodeView(node)).toEqual(makeNode("h100-0", { record: makeRecord(), labels }));
});

test("a node that has just been made", () => {
  expect(nodeView({ metadata: { name: "new" } })).toMatchObject({
    name: "new",
    pool: undefined,
    conditions: [],
    taints: [],
    unschedulable: false,
    record: undefined,
  });
});

const owned = (kind: string, controller: boolean) => ({
  ...pod.metadata,
  ownerReferences: [{ apiVersion: "v1", kind, name: "x", uid: "1", controller }],
});

test.each<{ case: string; pod: V1Pod; want: ReturnType<typeof podView> }>([
  { case: "a pod of a gang", pod, want: makePod("pretrain-0", "h100-0") },
  {
    case: "a pod outside of queues",
    pod: { ...pod, metadata: { ...pod.metadata, annotations: {} } },
    want: makePod("pretrain-0", "h100-0", { workload: undefined }),
  },
  {
    case: "a pod that is going",
    pod: { ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date() } },
    want: makePod("pretrain-0", "h100-0", { isTerminating: true }),
  },
  { case: "a pod that has ended", pod: { ...pod, status: { phase: "Failed" } }, want: undefined },
  { case: "a pod without a node", pod: { ...pod, spec: { containers: [] } }, want: undefined },
  {
    case: "a pod that belongs to the node",
    pod: { ...pod, metadata: owned("DaemonSet", true) },
    want: undefined,
  },
  {
    case: "a pod that a DaemonSet merely knows",
    pod: { ...pod, metadata: owned("DaemonSet", false) },
    want: makePod("pretrain-0", "h100-0"),
  },
  {
    case: "a pod of the kubelet itself",
    pod: { ...pod, metadata: { ...pod.metadata, annotations: { "kubernetes.io/config.mirror": "x" } } },
    want: undefined,
  },
])("$case", ({ pod, want }) => {
  expect(podView(pod)).toEqual(want);
});

test.each<{ case: string; workload: Workload; want: object }>([
  { case: "admitted", workload, want: {} },
  { case: "waiting", workload: { ...workload, status: {} }, want: { holdsQuota: false } },
  { case: "stopped", workload: { ...workload, spec: { active: false } }, want: { isActive: false } },
  {
    case: "finished",
    workload: { ...workload, status: { admission: {}, conditions: [{ type: "Finished", status: "True" }] } },
    want: { isFinished: true },
  },
  {
    case: "not finished",
    workload: { ...workload, status: { admission: {}, conditions: [{ type: "Finished", status: "False" }] } },
    want: {},
  },
  {
    case: "on its way",
    workload: {
      ...workload,
      metadata: { ...workload.metadata, annotations: { "plinth.dev/requeued-from": "h100-0" } },
    },
    want: { requeuedFrom: "h100-0" },
  },
  {
    case: "one by which a job has grown",
    workload: {
      ...workload,
      metadata: {
        ...workload.metadata,
        annotations: { "kueue.x-k8s.io/workload-slice-name": "job-pretrain-0" },
      },
    },
    want: { firstName: "job-pretrain-0" },
  },
])("a workload: $case", ({ workload, want }) => {
  expect(workloadView(workload)).toEqual(makeWorkload(want));
});
