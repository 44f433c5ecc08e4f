import { expect, test } from "vitest";
import { judgeStack, kindOf, objectsOfKind, teamNamespaces } from "../../policies/resources.ts";
import { makeResource, makeTeam } from "../support/policy-objects.ts";

test.each([
  { type: "kubernetes:core/v1:Pod", want: "core/Pod" },
  { type: "kubernetes:batch/v1:Job", want: "batch/Job" },
  { type: "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue", want: "kueue.x-k8s.io/ClusterQueue" },
  { type: "kubernetes:apps/v1:DeploymentPatch", want: "apps/Deployment" },
  { type: "kubernetes:apps/v1:DeploymentList", want: "apps/DeploymentList" },
  { type: "kubernetes:core/v1:PodTemplate", want: "core/PodTemplate" },
  { type: "pulumi:providers:kubernetes", want: undefined },
  { type: "pulumi:pulumi:Stack", want: undefined },
  { type: "aws:eks/nodeGroup:NodeGroup", want: undefined },
])("$type is $want", ({ type, want }) => {
  expect(kindOf(type)).toBe(want);
});

test("finds the objects of a kind with their URNs", () => {
  const { namespace, quota } = makeTeam();
  expect(objectsOfKind([namespace, quota], "core/ResourceQuota")).toEqual([
    { object: quota.props, urn: "urn:ResourceQuota/limits" },
  ]);
});

test.each([
  {
    case: "a namespace with the team label",
    metadata: { name: "vision", labels: { "plinth.dev/team": "vision" } },
    want: [{ name: "vision", team: "vision", urn: "urn:Namespace/vision" }],
  },
  { case: "another label", metadata: { name: "a", labels: { team: "vision" } }, want: [] },
  { case: "no labels", metadata: { name: "a" }, want: [] },
  { case: "no metadata", metadata: undefined, want: [] },
])("$case", ({ metadata, want }) => {
  expect(teamNamespaces([makeResource("core/v1:Namespace", { metadata })])).toEqual(want);
});

test("reports each problem of a stack at its resource", () => {
  const reported: unknown[] = [];
  const judge = judgeStack((resources) => resources.map(({ type, urn }) => ({ message: type, urn })));
  const args = { resources: [makeTeam().quota] } as unknown as Parameters<typeof judge>[0];
  judge(args, (...report) => void reported.push(report));
  expect(reported).toEqual([["kubernetes:core/v1:ResourceQuota", "urn:ResourceQuota/limits"]]);
});
