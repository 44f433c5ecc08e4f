import { expect, test } from "vitest";
import { queueingBackends } from "../../../components/scheduling/backends.ts";
import { controllerRules, memberRules, memberSubjects } from "../../../components/tenancy/team-roles.ts";

const rules = [...memberRules, ...queueingBackends.kueue.rights];
const allowed = rules.flatMap(({ apiGroups, resources, verbs }) =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
  ),
);

test("no wildcards", () => {
  expect(allowed.filter((right) => right.includes("*"))).toEqual([]);
});

test.each([
  { right: "create batch/jobs", want: true },
  { right: "delete /pods", want: true },
  { right: "patch /pods", want: false },
  { right: "update /pods", want: false },
  { right: "get /pods/log", want: true },
  { right: "create /secrets", want: true },
  { right: "list kueue.x-k8s.io/workloads", want: true },
  { right: "create resource.k8s.io/resourceclaimtemplates", want: true },
  { right: "list resource.k8s.io/resourceclaims", want: true },
  { right: "delete resource.k8s.io/resourceclaimtemplates", want: false },
  { right: "create resource.k8s.io/resourceclaims", want: false },
  { right: "get /secrets", want: false },
  { right: "list /secrets", want: false },
  { right: "create /pods/exec", want: false },
  { right: "create kueue.x-k8s.io/localqueues", want: false },
  { right: "patch kueue.x-k8s.io/workloads", want: false },
  { right: "update /resourcequotas", want: false },
  { right: "delete /limitranges", want: false },
  { right: "delete networking.k8s.io/networkpolicies", want: false },
  { right: "create rbac.authorization.k8s.io/rolebindings", want: false },
  { right: "create /serviceaccounts", want: false },
  { right: "create /serviceaccounts/token", want: false },
])("member may $right: $want", ({ right, want }) => {
  expect(allowed.includes(right)).toBe(want);
});

test("the service account and the groups are members", () => {
  expect(memberSubjects("research", ["ml-people"])).toEqual([
    { kind: "ServiceAccount", name: "member", namespace: "research" },
    { kind: "Group", name: "ml-people", apiGroup: "rbac.authorization.k8s.io" },
  ]);
});

test("kinds of a controller come with it, and no others", () => {
  expect(controllerRules([])).toEqual([]);
  const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
  expect(controllerRules(["jobset", "trainer"])).toEqual([
    { apiGroups: ["jobset.x-k8s.io"], resources: ["jobsets"], verbs },
    { apiGroups: ["trainer.kubeflow.org"], resources: ["trainjobs"], verbs },
    { apiGroups: ["trainer.kubeflow.org"], resources: ["trainingruntimes"], verbs },
  ]);
});
