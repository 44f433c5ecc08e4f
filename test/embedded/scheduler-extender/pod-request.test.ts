import { expect, test } from "vitest";
import type { ResourceClaim, SchedulablePod } from "../../../embedded/scheduler-extender/kube-objects.ts";
import { claimNames, podRequest } from "../../../embedded/scheduler-extender/pod-request.ts";

function pod(spec: SchedulablePod["spec"], ...requests: Record<string, string>[]): SchedulablePod {
  const containers = requests.map((own) => ({ resources: { requests: own } }));
  return { metadata: { namespace: "team", name: "pod" }, spec: { containers, ...spec } };
}

function claim(count: number | undefined, milli?: string): ResourceClaim {
  const capacity = milli === undefined ? {} : { capacity: { requests: { milli } } };
  return { spec: { devices: { requests: [{ exactly: { ...(count ? { count } : {}), ...capacity } }] } } };
}

const none = () => undefined;

test("containers add up", () => {
  const both = pod({}, { cpu: "1500m", memory: "1Gi" }, { cpu: "1", memory: "512Mi" });
  expect(podRequest(both, none)).toEqual({
    cpuMilli: 2500,
    memoryMiB: 1536,
    gpus: 0,
    gpuMilli: 0,
    models: [],
  });
});

test("a pod without requests", () => {
  expect(podRequest({}, none)).toEqual({ cpuMilli: 0, memoryMiB: 0, gpus: 0, gpuMilli: 0, models: [] });
});

test.each([
  { case: "extended resource", resource: "nvidia.com/gpu", want: { gpus: 2, gpuMilli: 1000 } },
  { case: "no accelerator", resource: "example.com/disk", want: { gpus: 0, gpuMilli: 0 } },
])("$case", ({ resource, want }) => {
  expect(podRequest(pod({}, { [resource]: "2" }), none)).toMatchObject(want);
});

test.each([
  { case: "a part of a device", claimed: claim(1, "460"), want: { gpus: 1, gpuMilli: 460 } },
  { case: "whole devices", claimed: claim(8, "1000"), want: { gpus: 8, gpuMilli: 1000 } },
  { case: "a device that is not shared", claimed: claim(undefined), want: { gpus: 1, gpuMilli: 1000 } },
  { case: "a claim that is not there yet", claimed: undefined, want: { gpus: 0, gpuMilli: 0 } },
])("claims: $case", ({ claimed, want }) => {
  const claiming = pod({ resourceClaims: [{ name: "gpu", resourceClaimName: "mine" }] }, {});
  expect(podRequest(claiming, (name) => (name === "mine" ? claimed : undefined))).toMatchObject(want);
});

test("a claim made from a template is named by the pod's status", () => {
  const spec = { resourceClaims: [{ name: "gpu" }, { name: "late" }] };
  const status = { resourceClaimStatuses: [{ name: "gpu", resourceClaimName: "made" }] };
  expect(claimNames({ spec, status })).toEqual(["made"]);
});

const product = "nvidia.com/gpu.product";

test("models that a pod may run on", () => {
  expect(podRequest(pod({ nodeSelector: { [product]: "T4" } }), none).models).toEqual(["T4"]);
  const matchExpressions = [
    { key: "kubernetes.io/hostname", operator: "In", values: ["a"] },
    { key: product, operator: "NotIn", values: ["P100"] },
    { key: product, operator: "In", values: ["A10", "T4"] },
  ];
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
  };
  expect(podRequest(pod({ affinity: { nodeAffinity } }), none).models).toEqual(["A10", "T4"]);
});
