/** Accelerators are the largest cost of the platform; use without an owner can be charged to nobody. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { platformLabels } from "../../components/catalogue/labels.ts";
import { acceleratorsOf } from "../accelerators.ts";
import { type KubernetesObject, kindOf, type Resource } from "../resources.ts";
import { titleOf, workloadsOf } from "../workloads.ts";

const labelValuePattern = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

export const requireCostLabels: ResourceValidationPolicy = {
  name: "tenancy-require-cost-labels",
  description: "Accelerator pods and team namespaces carry the labels of their team and cost centre.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps:
    `Set the labels ${platformLabels.team} and ${platformLabels.costCenter}; on workloads set them on the ` +
    "pod template, because pods are what is charged.",
  validateResource: (resource, report) => {
    for (const problem of missingCostLabels(resource)) report(problem);
  },
};

export function* missingCostLabels(resource: Resource): Generator<string> {
  for (const workload of workloadsOf(resource)) {
    if (acceleratorsOf(workload).length === 0) continue;
    const part = workload.kind === "Pod" ? "pod" : "pod template";
    yield* labelProblems(`${titleOf(workload)}: its ${part}`, workload.pod);
  }
  if (kindOf(resource.type) === "core/Namespace") {
    const namespace = resource.props as KubernetesObject;
    if (namespace.metadata?.labels?.[platformLabels.team] === undefined) return;
    yield* labelProblems(`Namespace "${namespace.metadata.name}": it`, namespace);
  }
}

function* labelProblems(subject: string, { metadata }: KubernetesObject): Generator<string> {
  for (const label of [platformLabels.team, platformLabels.costCenter]) {
    const value = metadata?.labels?.[label];
    if (value === undefined) {
      yield `${subject} has no label ${label}; set it to the name that the cost is charged to.`;
    } else if (!labelValuePattern.test(value)) {
      yield `${subject} has the label ${label} "${value}"; use 1 to 63 letters, digits, "-", "_" or ".", ` +
        "with a letter or digit at both ends.";
    }
  }
}
