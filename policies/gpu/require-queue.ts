/** Accelerators taken past the queue are counted in no quota, so other teams' guarantees stop holding. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { kueueLabels } from "../../components/catalogue/labels.ts";
import { acceleratorsOf, claimsOf } from "../accelerators.ts";
import { judgeStack, type StackProblem, type StackResource, teamNamespaces } from "../resources.ts";
import { mayBeQueued, queueNameOf, titleOf, workloadsOf } from "../workloads.ts";

export const requireQueue: StackValidationPolicy = {
  name: "gpu-require-queue",
  description: "Every workload that asks for accelerators in a team's namespace names its queue.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: `Set the label ${kueueLabels.queueName} to a LocalQueue of the team's namespace.`,
  validateStack: judgeStack(unqueuedWorkloads),
};

export function* unqueuedWorkloads(resources: readonly StackResource[]): Generator<StackProblem> {
  const namespaces = new Set(teamNamespaces(resources).map(({ name }) => name));
  for (const resource of resources) {
    for (const workload of workloadsOf(resource)) {
      const namespace = workload.metadata?.namespace;
      if (namespace === undefined || !namespaces.has(namespace) || !mayBeQueued(workload)) continue;
      const accelerators = [...acceleratorsOf(workload), ...claimsOf(workload)];
      const queue = queueNameOf(workload) ?? workload.volcanoQueue;
      if (accelerators.length === 0 || queue !== undefined) continue;
      const message =
        `${titleOf(workload)}: requests ${accelerators.join(", ")} without a queue in the team namespace ` +
        `"${namespace}"; set the label ${kueueLabels.queueName} to one of the namespace's LocalQueues.`;
      yield { message, urn: resource.urn };
    }
  }
}
