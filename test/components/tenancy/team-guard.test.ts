import { expect, test } from "vitest";
import { TeamGuard } from "../../../components/index.ts";
import { guardBindingSpec, guardPolicySpec } from "../../../components/tenancy/team-guard.ts";
import { makeCluster } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

test("one policy, and after it its binding", async () => {
  const resources = await record(() => {
    new TeamGuard("guard", { cluster: makeCluster() });
  });
  const own = resources.filter(({ parent }) => parent === "plinth:tenancy:TeamGuard guard");
  expect(own.map(({ type, name, dependsOn, provider }) => [type, name, dependsOn, provider])).toEqual([
    ["kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", "guard", [], "local"],
    [
      "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
      "guard-binding",
      ["guard"],
      "local",
    ],
  ]);
});

test("it refuses in every team's namespace, also when it cannot judge", () => {
  expect(guardPolicySpec.failurePolicy).toBe("Fail");
  expect(guardBindingSpec).toEqual({
    policyName: "teams.plinth.dev",
    validationActions: ["Deny"],
    matchResources: {
      namespaceSelector: { matchExpressions: [{ key: "plinth.dev/team", operator: "Exists" }] },
    },
  });
});

test("it judges every kind that Kueue queues, Secrets, and templates of claims", () => {
  const kinds = guardPolicySpec.matchConstraints.resourceRules.flatMap(({ apiGroups, resources }) =>
    apiGroups.flatMap((group) => resources.map((resource) => (group ? `${resource}.${group}` : resource))),
  );
  expect(kinds).toEqual([
    "pods",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "jobs.batch",
    "jobsets.jobset.x-k8s.io",
    "trainjobs.trainer.kubeflow.org",
    "trainingruntimes.trainer.kubeflow.org",
    "leaderworkersets.leaderworkerset.x-k8s.io",
    "rayclusters.ray.io",
    "rayjobs.ray.io",
    "rayservices.ray.io",
    "mpijobs.kubeflow.org",
    "secrets",
    "resourceclaimtemplates.resource.k8s.io",
  ]);
});

test("no pod names a claim itself, whoever makes it", () => {
  const rule = guardPolicySpec.validations.find(({ message }) =>
    message.includes("resourceClaimTemplateName"),
  );
  expect(rule?.expression).toBe(
    'request.resource.resource != "pods" || !has(object.spec.resourceClaims) || ' +
      "object.spec.resourceClaims.all(claim, !has(claim.resourceClaimName))",
  );
});

test("no template of claims goes with an owner that its team may delete", () => {
  const rule = guardPolicySpec.validations.find(({ message }) => message.includes("have no owner"));
  expect(rule?.expression).toBe(
    'variables.isController || request.resource.resource != "resourceclaimtemplates" || ' +
      "!has(object.metadata.ownerReferences)",
  );
});

test("it lets nobody of a namespace lift the gates of its pods", () => {
  const rule = guardPolicySpec.validations.find(({ message }) => message.includes("gates"));
  expect(rule?.expression).toBe(
    'variables.isController || request.resource.resource != "pods" || oldObject == null || ' +
      "(has(oldObject.spec.schedulingGates) ? oldObject.spec.schedulingGates.map(gate, gate.name) : [])" +
      ".all(gate, gate in (has(object.spec.schedulingGates) ? " +
      "object.spec.schedulingGates.map(gate, gate.name) : []))",
  );
});
