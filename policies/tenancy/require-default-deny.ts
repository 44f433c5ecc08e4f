/** Network policies only add permissions: what no policy denies first stays open to every other team. */
import type { V1NetworkPolicy, V1NetworkPolicySpec } from "@kubernetes/client-node";
import type { StackValidationPolicy } from "@pulumi/policy";
import {
  judgeStack,
  objectsOfKind,
  type StackProblem,
  type StackResource,
  teamNamespaces,
} from "../resources.ts";

export const requireDefaultDeny: StackValidationPolicy = {
  name: "tenancy-require-default-deny",
  description: "Every team namespace denies all ingress and egress that no other policy allows.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Add a NetworkPolicy with an empty podSelector, policyTypes Ingress and Egress, and no rules.",
  validateStack: judgeStack(namespacesWithoutDefaultDeny),
};

export function* namespacesWithoutDefaultDeny(resources: readonly StackResource[]): Generator<StackProblem> {
  const policies = objectsOfKind<V1NetworkPolicy>(resources, "networking.k8s.io/NetworkPolicy");
  for (const { name, team, urn } of teamNamespaces(resources)) {
    const specs = policies
      .filter(({ object }) => object.metadata?.namespace === name)
      .flatMap(({ object }) => object.spec ?? []);
    const open = (["Ingress", "Egress"] as const).filter((type) => !specs.some((spec) => denies(spec, type)));
    if (open.length === 0) continue;
    const message =
      `Namespace "${name}": nothing denies ${open.join(" and ")} of team "${team}" by default; add a ` +
      "NetworkPolicy with an empty podSelector, policyTypes Ingress and Egress, and no rules.";
    yield { message, urn };
  }
}

function denies(spec: V1NetworkPolicySpec, type: "Ingress" | "Egress"): boolean {
  const { matchLabels, matchExpressions } = spec.podSelector ?? {};
  const selectsAll = Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0;
  const rules = type === "Ingress" ? spec.ingress : spec.egress;
  // A policy that names no types is one for ingress.
  return selectsAll && (spec.policyTypes ?? ["Ingress"]).includes(type) && (rules ?? []).length === 0;
}
