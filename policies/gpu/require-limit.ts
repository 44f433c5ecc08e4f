/** Devices are handed out by limits while queues and quotas count requests, so the two must not differ. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { acceleratorsOfContainer } from "../accelerators.ts";
import { parseQuantity } from "../quantity.ts";
import { containersOf, judgeWorkloads, titleOf, type Workload } from "../workloads.ts";

export const requireLimit: ResourceValidationPolicy = {
  name: "gpu-require-limit",
  description: "A container that asks for accelerators sets an equal request and limit.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Set resources.requests and resources.limits of the accelerator resource to the same whole number.",
  validateResource: judgeWorkloads(unequalAccelerators),
};

export function* unequalAccelerators(workload: Workload): Generator<string> {
  for (const container of containersOf(workload)) {
    for (const resource of acceleratorsOfContainer(container)) {
      const request = container.resources?.requests?.[resource];
      const limit = container.resources?.limits?.[resource];
      if (request && limit && parseQuantity(request) === parseQuantity(limit)) continue;
      const found = `request ${request ?? "unset"} and limit ${limit ?? "unset"} of ${resource}`;
      yield `${titleOf(workload, container)} has ${found}; they must be equal, set both to the same number.`;
    }
  }
}
