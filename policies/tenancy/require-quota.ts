/** Without a quota one team can fill the cluster's object store and nodes for all the others. */
import type { V1ResourceQuota } from "@kubernetes/client-node";
import type { StackValidationPolicy } from "@pulumi/policy";
import {
  judgeStack,
  objectsOfKind,
  type StackProblem,
  type StackResource,
  teamNamespaces,
} from "../resources.ts";

export const requireQuota: StackValidationPolicy = {
  name: "tenancy-require-quota",
  description: "Every team namespace has a ResourceQuota with at least one hard limit.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Add a ResourceQuota with spec.hard to the namespace, in the same stack.",
  validateStack: judgeStack(namespacesWithoutQuota),
};

export function* namespacesWithoutQuota(resources: readonly StackResource[]): Generator<StackProblem> {
  const quotas = objectsOfKind<V1ResourceQuota>(resources, "core/ResourceQuota");
  for (const { name, team, urn } of teamNamespaces(resources)) {
    const limits = quotas
      .filter(({ object }) => object.metadata?.namespace === name)
      .flatMap(({ object }) => Object.keys(object.spec?.hard ?? {}));
    if (limits.length > 0) continue;
    const message =
      `Namespace "${name}": team "${team}" has no ResourceQuota that limits anything there; add one with ` +
      "spec.hard.";
    yield { message, urn };
  }
}
