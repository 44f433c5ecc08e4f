import { expect, test } from "vitest";
import type { StackResource } from "../../../policies/resources.ts";
import { forbidWildcardRights, wildcardRights } from "../../../policies/tenancy/forbid-wildcard-rights.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeResource, makeTeam } from "../../support/policy-objects.ts";

const team = Object.values(makeTeam());
const named = { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"] };
const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
const account = { kind: "ServiceAccount", name: "member", namespace: "vision" };
const group = { kind: "Group", name: "system:serviceaccounts:vision" };
const stranger = { kind: "ServiceAccount", name: "manager", namespace: "kueue-system" };

const role = (rule: object, namespace = "vision") =>
  makeRbac("Role", { name: "r", namespace }, { rules: [rule] });
const clusterRole = (rule: object) => makeRbac("ClusterRole", { name: "wide" }, { rules: [rule] });
const bind = (kind: string, namespace: string | undefined, name: string, subjects: object[]) =>
  makeRbac(kind, { name: "b", namespace }, { roleRef: { kind: "ClusterRole", name }, subjects });

const grants =
  'Role "r" in the team namespace "vision": grants "*"; list the apiGroups, resources and verbs.';
const binds = (kind: string, name: string) =>
  `${kind} "b" for the team namespace "vision": binds ClusterRole "${name}", which grants "*"; bind a ` +
  "role that lists its apiGroups, resources and verbs.";

test.each<{ case: string; objects: StackResource[]; want: string[] }>([
  { case: "named rights", objects: [role(named)], want: [] },
  { case: "a wildcard elsewhere", objects: [role(everything, "kueue-system")], want: [] },
  { case: "an unbound cluster role", objects: [clusterRole(everything)], want: [] },
  {
    case: "a narrow cluster role",
    objects: [clusterRole(named), bind("RoleBinding", "vision", "wide", [account])],
    want: [],
  },
  {
    case: "a wide cluster role for others",
    objects: [clusterRole(everything), bind("ClusterRoleBinding", undefined, "wide", [stranger])],
    want: [],
  },
  { case: "any verb", objects: [role({ ...named, verbs: ["*"] })], want: [grants] },
  { case: "any resource", objects: [role({ ...named, resources: ["*"] })], want: [grants] },
  { case: "any subresource", objects: [role({ ...named, resources: ["*/scale"] })], want: [grants] },
  { case: "any group", objects: [role({ ...named, apiGroups: ["*"] })], want: [grants] },
  {
    case: "a wide cluster role bound in the namespace",
    objects: [clusterRole(everything), bind("RoleBinding", "vision", "wide", [stranger])],
    want: [binds("RoleBinding", "wide")],
  },
  {
    case: "a wide cluster role bound to an account",
    objects: [clusterRole(everything), bind("ClusterRoleBinding", undefined, "wide", [stranger, account])],
    want: [binds("ClusterRoleBinding", "wide")],
  },
  {
    case: "cluster-admin bound to all accounts",
    objects: [bind("ClusterRoleBinding", undefined, "cluster-admin", [group])],
    want: [binds("ClusterRoleBinding", "cluster-admin")],
  },
])("$case", ({ objects, want }) => {
  const stack = [...team, ...objects];
  expect([...wildcardRights(stack)]).toEqual(want.map((message) => ({ message, urn: objects.at(-1)?.urn })));
  expect(findings(stack)).toEqual(only(forbidWildcardRights, want));
});

function makeRbac(kind: string, metadata: object, rest: object): StackResource {
  return makeResource(`rbac.authorization.k8s.io/v1:${kind}`, { metadata, ...rest });
}
