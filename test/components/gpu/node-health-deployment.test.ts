import { expect, test } from "vitest";
import { nodeHealthRules, nodeHealthSpec } from "../../../components/gpu/node-health-deployment.ts";
import { settings } from "../../support/health-world.ts";

const spec = nodeHealthSpec({
  name: "node-health",
  image: "plinth.dev/node-health:0.1.0",
  settings,
  nodeSelector: { "plinth.dev/host": "true" },
  tolerations: [{ key: "plinth.dev/host", operator: "Equal", value: "true", effect: "NoSchedule" }],
});

test("one at a time, where the cluster wants its own programs", () => {
  expect(spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
  expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
  expect(spec.template.spec).toMatchObject({
    serviceAccountName: "node-health",
    nodeSelector: { "plinth.dev/host": "true" },
    tolerations: [{ key: "plinth.dev/host", operator: "Equal", value: "true", effect: "NoSchedule" }],
  });
});

test("it may patch nodes and workloads, evict and tell; it deletes nothing and reads no secret", () => {
  expect(nodeHealthRules.map(({ resources, verbs }) => `${resources}: ${verbs.join(" ")}`)).toEqual([
    "nodes: get list watch patch",
    "pods: list watch",
    "pods/eviction: create",
    "pods/status: patch",
    "events: create",
    "workloads: list watch patch",
  ]);
});

test("its container has no privilege", () => {
  expect(spec.template.spec.containers.map(({ securityContext }) => securityContext)).toEqual([
    { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  ]);
});
