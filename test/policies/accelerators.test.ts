import type {
  V1NodeSelectorRequirement,
  V1PodSpec,
  V1ResourceRequirements,
  V1Toleration,
} from "@kubernetes/client-node";
import { expect, test } from "vitest";
import {
  acceleratorsOf,
  acceleratorsOfContainer,
  poolSelectors,
  selectsPool,
  taintKeyOf,
  tolerates,
} from "../../policies/accelerators.ts";
import { workloadsOf } from "../../policies/workloads.ts";
import { makeQueued } from "../support/policy-objects.ts";

test.each<{ case: string; resources?: V1ResourceRequirements; want: string[] }>([
  { case: "none", resources: undefined, want: [] },
  { case: "CPU only", resources: { requests: { cpu: "4" }, limits: { cpu: "4" } }, want: [] },
  { case: "by request", resources: { requests: { "nvidia.com/gpu": "1" } }, want: ["nvidia.com/gpu"] },
  { case: "by limit", resources: { limits: { "google.com/tpu": "4" } }, want: ["google.com/tpu"] },
  {
    case: "a MIG slice",
    resources: { limits: { "nvidia.com/mig-1g.10gb": "1" } },
    want: ["nvidia.com/mig-1g.10gb"],
  },
  { case: "a count of zero", resources: { limits: { "nvidia.com/gpu": "0" } }, want: [] },
  { case: "another vendor's device", resources: { limits: { "vpc.amazonaws.com/efa": "4" } }, want: [] },
])("accelerators of a container: $case", ({ resources, want }) => {
  expect(acceleratorsOfContainer({ name: "main", resources })).toEqual(want);
});

test("accelerators of a workload are those of all its containers, once each", () => {
  const slice = { requests: { "nvidia.com/mig-1g.10gb": "1" } };
  const whole = { requests: { "nvidia.com/gpu": "1" } };
  const containers = [whole, slice, whole].map((resources, index) => ({ name: `c${index}`, resources }));
  const workload = workloadsOf(makeQueued("batch/v1:Job", { spec: { containers } }))[0];
  expect(workload && acceleratorsOf(workload)).toEqual(["nvidia.com/gpu", "nvidia.com/mig-1g.10gb"]);
});

test.each([
  { resource: "nvidia.com/gpu", want: "nvidia.com/gpu" },
  { resource: "nvidia.com/mig-3g.40gb", want: "nvidia.com/gpu" },
  { resource: "nvidia.com/gpu.shared", want: "nvidia.com/gpu" },
  { resource: "google.com/tpu", want: "google.com/tpu" },
])("nodes with $resource have the taint $want", ({ resource, want }) => {
  expect(taintKeyOf(resource)).toBe(want);
});

const key = "nvidia.com/gpu";
test.each<{ case: string; toleration: V1Toleration; want: boolean }>([
  { case: "the key, any value", toleration: { key, operator: "Exists" }, want: true },
  { case: "the key, one value", toleration: { key, operator: "Equal", value: "present" }, want: true },
  {
    case: "the key and the effect",
    toleration: { key, operator: "Exists", effect: "NoSchedule" },
    want: true,
  },
  { case: "everything", toleration: { operator: "Exists" }, want: true },
  { case: "another key", toleration: { key: "dedicated", operator: "Exists" }, want: false },
  { case: "another effect", toleration: { key, operator: "Exists", effect: "NoExecute" }, want: false },
  { case: "nothing", toleration: {}, want: false },
])("a toleration of $case: $want", ({ toleration, want }) => {
  expect(tolerates(toleration, key)).toBe(want);
});

test.each([
  { case: "the platform's pool", labels: ["plinth.dev/pool"], selects: true },
  { case: "a GPU product", labels: ["nvidia.com/gpu.product"], selects: true },
  { case: "a machine type", labels: ["node.kubernetes.io/instance-type"], selects: true },
  { case: "a TPU type on GKE", labels: ["cloud.google.com/gke-tpu-accelerator"], selects: true },
  { case: "a shape of TPU slices on GKE", labels: ["cloud.google.com/gke-tpu-topology"], selects: true },
  { case: "a node group on EKS", labels: ["eks.amazonaws.com/nodegroup"], selects: true },
  { case: "a pool of Karpenter", labels: ["karpenter.sh/nodepool"], selects: true },
  { case: "the wrong case", labels: ["plinth.dev/Pool"], selects: false },
  { case: "a zone", labels: ["topology.kubernetes.io/zone"], selects: false },
  { case: "a host name", labels: ["kubernetes.io/hostname"], selects: false },
  { case: "nothing", labels: [], selects: false },
])("a nodeSelector on $case selects a pool: $selects", ({ labels, selects }) => {
  const spec = { nodeSelector: Object.fromEntries(labels.map((label) => [label, "x"])) };
  expect(selectsPool(spec)).toBe(selects);
  expect(poolSelectors(spec)).toEqual(selects ? labels : []);
});

const chosen: V1NodeSelectorRequirement = { key: "plinth.dev/pool", operator: "In", values: ["h100"] };
const excluded: V1NodeSelectorRequirement = { key: "plinth.dev/pool", operator: "NotIn", values: ["l40s"] };
const zone: V1NodeSelectorRequirement = { key: "topology.kubernetes.io/zone", operator: "In", values: ["a"] };

test.each([
  { case: "one term that chooses", terms: [[zone, chosen]], want: true },
  { case: "alternatives that all choose", terms: [[chosen], [chosen, zone]], want: true },
  { case: "an alternative that does not choose", terms: [[chosen], [zone]], want: false },
  { case: "only an exclusion", terms: [[excluded]], want: false },
  { case: "no terms", terms: [], want: false },
])("required affinity with $case selects a pool: $want", ({ terms, want }) => {
  expect(selectsPool(makeAffinity(terms))).toBe(want);
});

test("a preferred affinity selects nothing", () => {
  const preferred = [{ weight: 100, preference: { matchExpressions: [chosen] } }];
  const spec = { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } };
  expect(selectsPool(spec)).toBe(false);
});

function makeAffinity(terms: V1NodeSelectorRequirement[][]): Partial<V1PodSpec> {
  const nodeSelectorTerms = terms.map((matchExpressions) => ({ matchExpressions }));
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } };
}
