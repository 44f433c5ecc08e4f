/** Outside a queue nobody adds placement: the pod would stay pending, or land on whichever pool is free. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { kueueLabels, platformLabels } from "../../components/catalogue/labels.ts";
import { acceleratorsOf, selectsPool, taintKeyOf, tolerates } from "../accelerators.ts";
import { judgeWorkloads, mayBeQueued, queueNameOf, titleOf, type Workload } from "../workloads.ts";

export const requirePlacement: ResourceValidationPolicy = {
  name: "gpu-require-placement",
  description: "An accelerator pod outside a queue tolerates the accelerator's taint and selects a pool.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps:
    `Add the toleration and a nodeSelector on ${platformLabels.pool}, or put the workload into a queue ` +
    `with the label ${kueueLabels.queueName}, which adds both.`,
  validateResource: judgeWorkloads(missingPlacement),
};

export function* missingPlacement(workload: Workload): Generator<string> {
  const accelerators = acceleratorsOf(workload);
  if (accelerators.length === 0 || !mayBeQueued(workload) || queueNameOf(workload) !== undefined) return;
  const spec = workload.pod.spec ?? {};
  const subject = `${titleOf(workload)}: requests ${accelerators.join(", ")} outside a queue`;
  for (const taintKey of new Set(accelerators.map(taintKeyOf))) {
    if (spec.tolerations?.some((toleration) => tolerates(toleration, taintKey))) continue;
    yield `${subject} and does not tolerate the taint ${taintKey}; add the toleration ` +
      `{key: ${taintKey}, operator: Exists, effect: NoSchedule} or the label ${kueueLabels.queueName}.`;
  }
  if (!selectsPool(spec)) {
    yield `${subject} and selects no pool; ` +
      `set nodeSelector ${platformLabels.pool} or the label ${kueueLabels.queueName}.`;
  }
}
