import { expect, test } from "vitest";
import type { SchedulablePod } from "../../../embedded/scheduler-extender/kube-objects.ts";
import { claimNames, podRequest } from "../../../embedded/scheduler-extender/pod-request.ts";

function pod(spec: SchedulablePod["spec"], ...requests: Record<string, string>[]): SchedulablePod {
  const containers = requests.map((own) => ({ resources: { requests: own } }));
  return { metadata: { namespace: "team", name: "pod" }, spec: { containers, ...spec } };
}

test("containers add up", () => {
  const both = pod({}, { cpu: "1500m", memory: "1Gi" }, { cpu: "1", memory: "512Mi" });
  expect(podRequest(both)).toEqual({
    cpuMilli: 2500,
    memoryMiB: 1536,
    gpus: 0,
    gpuMilli: 0,
    models: [],
  });
});

test("a pod without requests", () => {
  expect(podRequest({})).toEqual({ cpuMilli: 0, memoryMiB: 0, gpus: 0, gpuMilli: 0, models: [] });
});

test.each([
  { case: "extended resource", resource: "nvidia.com/gpu", want: { gpus: 2, gpuMilli: 1000 } },
  { case: "no accelerator", resource: "example.com/disk", want: { gpus: 0, gpuMilli: 0 } },
])("$case", ({ resource, want }) => {
  expect(podRequest(pod({}, { [resource]: "2" }))).toMatchObject(want);
});

test.each([
  { case: "a part of a device", shares: [460], want: { gpus: 1, gpuMilli: 460 } },
  { case: "whole devices", shares: Array(8).fill(1000), want: { gpus: 8, gpuMilli: 1000 } },
  { case: "parts of two sizes, the larger of each", shares: [300, 500], want: { gpus: 2, gpuMilli: 500 } },
  { case: "nothing", shares: [], want: { gpus: 0, gpuMilli: 0 } },
])("claims: $case", ({ shares, want }) => {
  expect(podRequest(pod({}, {}), shares)).toMatchObject(want);
});

test("a claim made from a template is named by the pod's status", () => {
  const spec = { resourceClaims: [{ name: "gpu" }, { name: "late" }] };
  const status = { resourceClaimStatuses: [{ name: "gpu", resourceClaimName: "made" }] };
  expect(claimNames({ spec, status })).toEqual(["made"]);
});

const product = "nvidia.com/gpu.product";

test("models that a pod may run on", () => {
  expect(podRequest(pod({ nodeSelector: { [product]: "T4" } })).models).toEqual(["T4"]);
  const matchExpressions = [
    { key: "kubernetes.io/hostname", operator: "In", values: ["a"] },
    { key: product, operator: "NotIn", values: ["P100"] },
    { key: product, operator: "In", values: ["A10", "T4"] },
  ];
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
  };
  expect(podRequest(pod({ affinity: { nodeAffinity } })).models).toEqual(["A10", "T4"]);
});
