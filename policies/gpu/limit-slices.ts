/** A process uses one MIG device, and two replicas of a GPU are no more of it than one. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { acceleratorsOfContainer } from "../accelerators.ts";
import { formatQuantity, parseQuantity } from "../quantity.ts";
import { type Container, containersOf, judgeWorkloads, titleOf, type Workload } from "../workloads.ts";

const sliced = /^nvidia\.com\/(mig-.*|gpu\.shared)$/;

export const limitSlices: ResourceValidationPolicy = {
  name: "gpu-limit-slices",
  description: "A container asks for at most one MIG slice or one replica of a shared accelerator.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps:
    "Ask for one slice or replica per container and run more pods, or use a pool of whole accelerators.",
  validateResource: judgeWorkloads(severalSlices),
};

export function* severalSlices(workload: Workload): Generator<string> {
  for (const container of containersOf(workload)) {
    const asked = acceleratorsOfContainer(container)
      .filter((resource) => sliced.test(resource))
      .map((resource) => ({ resource, amount: amountOf(container, resource) }));
    if (asked.reduce((sum, { amount }) => sum + amount, 0n) <= one) continue;
    const list = asked.map(({ resource, amount }) => `${formatQuantity(amount)} of ${resource}`).join(", ");
    yield `${titleOf(workload, container)} asks for ${list}; ask for one in all.`;
  }
}

const one = parseQuantity(1) ?? 0n;

/** The larger of request and limit: the two must be equal, which is another rule's to say. */
function amountOf({ resources }: Container, resource: string): bigint {
  const amounts = [resources?.requests?.[resource], resources?.limits?.[resource]].map(
    (amount) => parseQuantity(amount ?? 0) ?? 0n,
  );
  return amounts.reduce((most, amount) => (amount > most ? amount : most), 0n);
}
