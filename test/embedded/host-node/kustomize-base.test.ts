import { expect, test } from "vitest";
import { completeBase } from "../../../embedded/host-node/kustomize-base.ts";

const ports = { health: 1, metrics: 2, webhook: 3 };
const base = { namespace: "own-system", container: () => ({ image: "released" }) };
const subject = { kind: "ServiceAccount", name: "operator" };
const deployment = (namespace: object, container: object) => ({
  kind: "Deployment",
  metadata: { name: "operator", ...namespace },
  spec: { replicas: 1, template: { spec: { serviceAccountName: "operator", containers: [container] } } },
});

test.each([
  {
    case: "an object of a namespace gets one",
    given: { kind: "ServiceAccount", metadata: { name: "operator", namespace: "system" } },
    want: { kind: "ServiceAccount", metadata: { name: "operator", namespace: "own-system" } },
  },
  {
    case: "one of the cluster gets none",
    given: { kind: "ClusterRole", metadata: { name: "operator" }, rules: [] },
    want: { kind: "ClusterRole", metadata: { name: "operator" }, rules: [] },
  },
  {
    case: "a binding names the account where it is",
    given: { kind: "ClusterRoleBinding", metadata: { name: "x" }, subjects: [subject] },
    want: {
      kind: "ClusterRoleBinding",
      metadata: { name: "x" },
      subjects: [{ ...subject, namespace: "own-system" }],
    },
  },
  {
    case: "a container keeps what the base says of it",
    given: deployment({}, { name: "operator", image: "staging" }),
    want: deployment({ namespace: "own-system" }, { name: "operator", image: "released" }),
  },
])("$case", ({ given, want }) => {
  expect(completeBase(given, base, ports)).toEqual(want);
});
