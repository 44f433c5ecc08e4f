import { expect, test } from "vitest";
import {
  acceleratorResourcePattern,
  firstWorkloadOf,
  hostNode,
  inferenceLabels,
  notebookLabels,
  platformLabels,
  simulationAnnotations,
  topologyLabels,
} from "../../../components/catalogue/labels.ts";

test("labels of the platform stand under one domain", () => {
  const own = [platformLabels, notebookLabels, inferenceLabels, simulationAnnotations].flatMap(Object.values);
  const names = [...own, hostNode.label];
  expect(names.filter((name) => !name.startsWith("plinth.dev/"))).toEqual([]);
});

test("topology goes from the widest domain to the node, whose label Kueue wants last (F48)", () => {
  expect(Object.values(topologyLabels)).toEqual([
    "topology.plinth.dev/block",
    "topology.plinth.dev/rack",
    "topology.plinth.dev/nvlink",
    "kubernetes.io/hostname",
  ]);
});

test.each([
  { case: "a whole GPU", resource: "nvidia.com/gpu", want: true },
  { case: "a MIG slice", resource: "nvidia.com/mig-1g.18gb", want: true },
  { case: "a shared GPU", resource: "nvidia.com/gpu.shared", want: true },
  { case: "a TPU chip", resource: "google.com/tpu", want: true },
  { case: "a network card", resource: "vpc.amazonaws.com/efa", want: false },
  { case: "CPU", resource: "cpu", want: false },
])("$case", ({ resource, want }) => {
  expect(acceleratorResourcePattern.test(resource)).toBe(want);
});

const workload = "kueue.x-k8s.io/workload";
const slice = "kueue.x-k8s.io/workload-slice-name";

test.each<{ case: string; annotations?: Record<string, string>; want: string | undefined }>([
  { case: "a pod of no workload", want: undefined },
  { case: "a pod of a workload", annotations: { [workload]: "job-a-1" }, want: "job-a-1" },
  {
    case: "a pod that a growing job made later",
    annotations: { [workload]: "job-a-2", [slice]: "job-a-1" },
    want: "job-a-1",
  },
])("$case", ({ annotations, want }) => {
  expect(firstWorkloadOf(annotations ? { annotations } : {})).toBe(want);
});
