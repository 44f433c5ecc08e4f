/** Quotas beyond the pool admit gangs whose pods can never all run: they hang half-started. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { acceleratorResourcePattern } from "../../components/catalogue/labels.ts";
import { nominalQuotas, resourceFlavors } from "../flavors.ts";
import { declaredNodes, nodesWithLabels } from "../pool-capacity.ts";
import { formatQuantity } from "../quantity.ts";
import { judgeStack, type StackProblem, type StackResource } from "../resources.ts";

export const limitClusterQueueQuota: StackValidationPolicy = {
  name: "scheduling-limit-cluster-queue-quota",
  description: "The nominal quotas of all queues and cohorts of a flavor fit into the nodes of its pool.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Lower nominalQuota until the sum fits (queues may borrow beyond it), or add nodes to the pool.",
  validateStack: (args, report) => {
    if (declaredNodes(args.resources).length === 0) args.notApplicable("The stack declares no nodes.");
    return judgeStack(excessQuotas)(args, report);
  },
};

/** A flavor whose nodes the stack does not declare is left to the rule that asks for them. */
export function* excessQuotas(resources: readonly StackResource[]): Generator<StackProblem> {
  const nodes = declaredNodes(resources);
  const quotas = nominalQuotas(resources);
  for (const { object: flavor, urn } of resourceFlavors(resources)) {
    const pool = nodesWithLabels(nodes, flavor.spec?.nodeLabels ?? {});
    const sizes = pool.flatMap(({ allocatable }) => allocatable ?? []);
    const held = quotas.filter((quota) => quota.flavor === flavor.metadata?.name && quota.amount > 0n);
    // A pool that is still growing would look too small.
    if (sizes.length === 0 || sizes.length < pool.length) continue;
    for (const resource of new Set(held.map((quota) => quota.resource))) {
      const offering = sizes.filter((size) => size.has(resource));
      // Kueue can count resources of its own making, which no node offers.
      if (offering.length === 0 && !acceleratorResourcePattern.test(resource)) continue;
      const holders = held.filter((quota) => quota.resource === resource);
      const wanted = holders.reduce((sum, { amount }) => sum + amount, 0n);
      const available = sizes.reduce((sum, size) => sum + (size.get(resource) ?? 0n), 0n);
      if (wanted <= available) continue;
      const shares = holders.map(({ holder, amount }) => `${holder} ${formatQuantity(amount)}`).join(", ");
      const message =
        `ResourceFlavor "${flavor.metadata?.name}": queues hold ${formatQuantity(wanted)} of ${resource} ` +
        `(${shares}) but its nodes (${pool.length}) have ${formatQuantity(available)}; ` +
        `lower nominalQuota by ${formatQuantity(wanted - available)} or add nodes.`;
      yield { message, urn };
    }
  }
}
