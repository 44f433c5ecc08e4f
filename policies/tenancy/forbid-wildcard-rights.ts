/** A wildcard also grants what is added later: queues, quotas, or the right to grant oneself more. */
import type { V1Role, V1RoleBinding } from "@kubernetes/client-node";
import type { StackValidationPolicy } from "@pulumi/policy";
import {
  judgeStack,
  objectsOfKind,
  type StackProblem,
  type StackResource,
  teamNamespaces,
} from "../resources.ts";

const group = "rbac.authorization.k8s.io";
const groupPattern = /^system:serviceaccounts:(.+)$/;

export const forbidWildcardRights: StackValidationPolicy = {
  name: "tenancy-forbid-wildcard-rights",
  description: "Rights in a team's namespace, and of its service accounts, name their verbs and resources.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: 'List the apiGroups, resources and verbs that are needed instead of "*".',
  validateStack: judgeStack(wildcardRights),
};

export function* wildcardRights(resources: readonly StackResource[]): Generator<StackProblem> {
  const teams = new Set(teamNamespaces(resources).map(({ name }) => name));
  for (const { object, urn } of objectsOfKind<V1Role>(resources, `${group}/Role`)) {
    const namespace = object.metadata?.namespace ?? "";
    if (!teams.has(namespace) || !hasWildcard(object)) continue;
    const subject = `Role "${object.metadata?.name}" in the team namespace "${namespace}"`;
    yield { message: `${subject}: grants "*"; list the apiGroups, resources and verbs.`, urn };
  }
  const clusterRoles = objectsOfKind<V1Role>(resources, `${group}/ClusterRole`).map(({ object }) => object);
  const wide = ["cluster-admin", ...clusterRoles.filter(hasWildcard).map(({ metadata }) => metadata?.name)];
  for (const kind of ["RoleBinding", "ClusterRoleBinding"]) {
    for (const { object, urn } of objectsOfKind<V1RoleBinding>(resources, `${group}/${kind}`)) {
      const team = namespacesOf(object).find((namespace) => teams.has(namespace));
      const { kind: roleKind, name: role } = object.roleRef ?? {};
      if (team === undefined || roleKind !== "ClusterRole" || !wide.includes(role)) continue;
      const message =
        `${kind} "${object.metadata?.name}" for the team namespace "${team}": binds ClusterRole "${role}", ` +
        'which grants "*"; bind a role that lists its apiGroups, resources and verbs.';
      yield { message, urn };
    }
  }
}

function hasWildcard({ rules }: Partial<V1Role>): boolean {
  const rights = (rules ?? []).flatMap((rule) => [rule.apiGroups, rule.resources, rule.verbs].flat());
  return rights.some((right) => right?.startsWith("*"));
}

/** Where a binding gives rights or to whose accounts; all accounts of a namespace also form a group. */
function namespacesOf({ metadata, subjects }: V1RoleBinding): string[] {
  const accounts = (subjects ?? []).map(({ namespace, name }) => namespace ?? groupPattern.exec(name)?.[1]);
  return [metadata?.namespace, ...accounts].filter((namespace) => namespace !== undefined);
}
