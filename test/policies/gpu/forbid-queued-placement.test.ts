import { expect, test } from "vitest";
import { forbidQueuedPlacement, queuedPlacement } from "../../../policies/gpu/forbid-queued-placement.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, makeUnqueued, placement, type WorkloadChange } from "../../support/policy-objects.ts";

const suspension = (suspend: boolean) =>
  `sets suspend to ${suspend}; remove it, the queue starts and stops jobs.`;
const selection = (label: string) =>
  `selects nodes by ${label}; remove the selector, the queue's flavor adds its own.`;
const toleration = (what: string) =>
  `tolerates ${what}; remove the toleration, the queue's flavor adds its own.`;
const required = {
  nodeSelectorTerms: [
    { matchExpressions: [{ key: "nvidia.com/gpu.product", operator: "In", values: ["H100"] }] },
  ],
};

test.each<{ case: string; change: WorkloadChange; want: string[] }>([
  { case: "leaves all to the queue", change: {}, want: [] },
  {
    case: "selects a zone",
    change: { spec: { nodeSelector: { "topology.kubernetes.io/zone": "a" } } },
    want: [],
  },
  {
    case: "tolerates a taint of its own",
    change: { spec: { tolerations: [{ key: "spot", operator: "Exists" }] } },
    want: [],
  },
  { case: "suspended", change: { suspend: true }, want: [suspension(true)] },
  { case: "not suspended", change: { suspend: false }, want: [suspension(false)] },
  {
    case: "selects a pool",
    change: { spec: { nodeSelector: { "plinth.dev/pool": "h100" } } },
    want: [selection("plinth.dev/pool")],
  },
  {
    case: "selects a product by affinity",
    change: {
      spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } },
    },
    want: [selection("nvidia.com/gpu.product")],
  },
  {
    case: "tolerates accelerators",
    change: { spec: { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }] } },
    want: [toleration("nvidia.com/gpu")],
  },
  {
    case: "tolerates everything",
    change: { spec: { tolerations: [{ operator: "Exists" }] } },
    want: [toleration("every taint")],
  },
  {
    case: "all at once, without accelerators",
    change: { suspend: false, spec: placement, container: { resources: {} } },
    want: [suspension(false), selection("plinth.dev/pool"), toleration("nvidia.com/gpu")],
  },
])("$case", ({ change, want }) => {
  for (const kind of ["batch/v1:Job", "batch/v1:CronJob"] as const) {
    const resource = makeQueued(kind, change);
    const title = `${kind.replace(/.*:/, "")} "train": is in the queue "h100" and`;
    const messages = want.map((found) => `${title} ${found}`);
    const workload = workloadsOf(resource)[0];
    expect(workload && [...queuedPlacement(workload)]).toEqual(messages);
    expect(findings([resource])).toEqual(only(forbidQueuedPlacement, messages));
  }
});

test("a workload outside all queues places and suspends itself", () => {
  expect(findings([makeUnqueued("batch/v1:Job", { suspend: true })])).toEqual([]);
});
