import { expect, test } from "vitest";
import { missingPlacement, requirePlacement } from "../../../policies/gpu/require-placement.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, makeUnqueued, type WorkloadChange } from "../../support/policy-objects.ts";

const untolerated = (resource: string, taint: string) =>
  `Deployment "train": requests ${resource} outside a queue and does not tolerate the taint ${taint}; add ` +
  `the toleration {key: ${taint}, operator: Exists, effect: NoSchedule} ` +
  "or the label kueue.x-k8s.io/queue-name.";
const unselected =
  'Deployment "train": requests nvidia.com/gpu outside a queue and selects no pool; ' +
  "set nodeSelector plinth.dev/pool or the label kueue.x-k8s.io/queue-name.";
const tpus = { "google.com/tpu": "4" };

test.each<{ case: string; change: WorkloadChange; want: string[] }>([
  { case: "tolerates and selects", change: {}, want: [] },
  {
    case: "selects by machine type",
    change: { spec: { nodeSelector: { "node.kubernetes.io/instance-type": "p5" } } },
    want: [],
  },
  {
    case: "no accelerators, no placement",
    change: { container: { resources: {} }, spec: { nodeSelector: undefined, tolerations: undefined } },
    want: [],
  },
  {
    case: "does not tolerate",
    change: { spec: { tolerations: [] } },
    want: [untolerated("nvidia.com/gpu", "nvidia.com/gpu")],
  },
  {
    case: "tolerates another accelerator",
    change: { container: { resources: { requests: tpus, limits: tpus } } },
    want: [untolerated("google.com/tpu", "google.com/tpu")],
  },
  { case: "selects nothing", change: { spec: { nodeSelector: undefined } }, want: [unselected] },
  {
    case: "selects a zone",
    change: { spec: { nodeSelector: { "topology.kubernetes.io/zone": "a" } } },
    want: [unselected],
  },
  {
    case: "neither",
    change: { spec: { nodeSelector: undefined, tolerations: undefined } },
    want: [untolerated("nvidia.com/gpu", "nvidia.com/gpu"), unselected],
  },
])("$case", ({ change, want }) => {
  const deployment = makeUnqueued("apps/v1:Deployment", change);
  const workload = workloadsOf(deployment)[0];
  expect(workload && [...missingPlacement(workload)]).toEqual(want);
  expect(findings([deployment])).toEqual(only(requirePlacement, want));
});

test("a queued workload gets its placement from the queue", () => {
  expect(findings([makeQueued("apps/v1:Deployment")])).toEqual([]);
});
