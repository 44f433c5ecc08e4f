/** A flavor whose labels no node carries, often by one letter's case, admits jobs that never find a node. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { resourceFlavors } from "../flavors.ts";
import { declaredNodes, nodesWithLabels } from "../pool-capacity.ts";
import { judgeStack, type StackProblem, type StackResource } from "../resources.ts";

export const requireFlavorNodes: StackValidationPolicy = {
  name: "scheduling-require-flavor-nodes",
  description:
    "Every flavor selects nodes that the stack declares, so that its quotas can be compared with them.",
  enforcementLevel: "advisory",
  severity: "medium",
  remediationSteps: "Take spec.nodeLabels of the flavor from the labels of its pool.",
  validateStack: (args, report) => {
    if (declaredNodes(args.resources).length === 0) args.notApplicable("The stack declares no nodes.");
    return judgeStack(flavorsWithoutNodes)(args, report);
  },
};

export function* flavorsWithoutNodes(resources: readonly StackResource[]): Generator<StackProblem> {
  const nodes = declaredNodes(resources);
  for (const { object: flavor, urn } of resourceFlavors(resources)) {
    const labels = flavor.spec?.nodeLabels ?? {};
    if (nodesWithLabels(nodes, labels).length > 0) continue;
    const wanted = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const message =
      `ResourceFlavor "${flavor.metadata?.name}": none of the stack's nodes (${nodes.length}) has the ` +
      `labels ${wanted.join(", ")}; correct spec.nodeLabels, or ignore this when the pool is made elsewhere.`;
    yield { message, urn };
  }
}
