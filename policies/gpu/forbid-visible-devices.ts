/** Where NVIDIA's runtime obeys this variable, it gives cards that the queue counted for others. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { judgeStack, type StackProblem, type StackResource, teamNamespaces } from "../resources.ts";
import { containersOf, titleOf, workloadsOf } from "../workloads.ts";

const variableName = "NVIDIA_VISIBLE_DEVICES";

/** No device; the second still loads the driver. */
const harmless = ["void", "none"];

export const forbidVisibleDevices: StackValidationPolicy = {
  name: "gpu-forbid-visible-devices",
  description: "A team's container gets its devices by its limits, and chooses none by a variable.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: `Remove ${variableName} and ask for accelerators; "void" says that there are none.`,
  validateStack: judgeStack(chosenDevices),
};

export function* chosenDevices(resources: readonly StackResource[]): Generator<StackProblem> {
  const namespaces = new Set(teamNamespaces(resources).map(({ name }) => name));
  for (const resource of resources) {
    for (const workload of workloadsOf(resource)) {
      if (!namespaces.has(workload.metadata?.namespace ?? "")) continue;
      for (const container of containersOf(workload)) {
        const chosen = container.env?.find(({ name }) => name === variableName);
        if (chosen === undefined || harmless.includes(chosen.value ?? "")) continue;
        const value = chosen.value === undefined ? "from elsewhere" : `"${chosen.value}"`;
        const message =
          `${titleOf(workload, container)} sets ${variableName} ${value}; ` +
          "remove it, devices follow from resources.limits.";
        yield { message, urn: resource.urn };
      }
    }
  }
}
