/** Kueue writes placement and suspension of what it queues; a second author only fights it. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { poolSelectors, tolerates } from "../accelerators.ts";
import { judgeWorkloads, queueNameOf, titleOf, type Workload } from "../workloads.ts";

const acceleratorTaintKeys = ["nvidia.com/gpu", "google.com/tpu"];

export const forbidQueuedPlacement: ResourceValidationPolicy = {
  name: "gpu-forbid-queued-placement",
  description:
    "A queued workload leaves its pool, its accelerator tolerations and its suspension to the queue.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps:
    "Remove suspend, selectors on pool labels and accelerator tolerations; choose the pool by its queue.",
  validateResource: judgeWorkloads(queuedPlacement),
};

export function* queuedPlacement(workload: Workload): Generator<string> {
  const queue = queueNameOf(workload);
  if (queue === undefined) return;
  const subject = `${titleOf(workload)}: is in the queue "${queue}"`;
  for (const { spec } of workload.queued) {
    if (typeof spec?.suspend !== "boolean") continue;
    yield `${subject} and sets suspend to ${spec.suspend}; remove it, the queue starts and stops jobs.`;
  }
  const spec = workload.pod.spec ?? {};
  for (const label of poolSelectors(spec)) {
    yield `${subject} and selects nodes by ${label}; remove the selector, the queue's flavor adds its own.`;
  }
  for (const toleration of spec.tolerations ?? []) {
    if (!acceleratorTaintKeys.some((taintKey) => tolerates(toleration, taintKey))) continue;
    yield `${subject} and tolerates ${toleration.key || "every taint"}; ` +
      "remove the toleration, the queue's flavor adds its own.";
  }
}
