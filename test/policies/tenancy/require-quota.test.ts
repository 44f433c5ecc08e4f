import { expect, test } from "vitest";
import { namespacesWithoutQuota, requireQuota } from "../../../policies/tenancy/require-quota.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeResource, makeTeam } from "../../support/policy-objects.ts";

const { quota, ...rest } = makeTeam();
const other = makeResource("core/v1:ResourceQuota", {
  metadata: { name: "q", namespace: "b" },
  spec: { hard: { pods: 1 } },
});
const empty = makeResource("core/v1:ResourceQuota", {
  metadata: { name: "q", namespace: "vision" },
  spec: { hard: {} },
});
const unlimited =
  'Namespace "vision": team "vision" has no ResourceQuota that limits anything there; ' +
  "add one with spec.hard.";

test.each([
  { case: "a quota", quotas: [quota], want: [] },
  { case: "a second quota that limits nothing", quotas: [empty, quota], want: [] },
  { case: "no quota", quotas: [], want: [unlimited] },
  { case: "a quota elsewhere", quotas: [other], want: [unlimited] },
  { case: "a quota that limits nothing", quotas: [empty], want: [unlimited] },
])("$case", ({ quotas, want }) => {
  const stack = [...Object.values(rest), ...quotas];
  const problems = want.map((message) => ({ message, urn: "urn:Namespace/vision" }));
  expect([...namespacesWithoutQuota(stack)]).toEqual(problems);
  expect(findings(stack)).toEqual(only(requireQuota, want));
});

test("a namespace of no team needs none", () => {
  expect([
    ...namespacesWithoutQuota([makeResource("core/v1:Namespace", { metadata: { name: "tools" } })]),
  ]).toEqual([]);
});
