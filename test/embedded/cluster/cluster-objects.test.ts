/** What the cluster holds before any stack; that it works is seen end to end in test/e2e. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  applyClusterObjects,
  applyDefinitions,
  onlyStoredVersion,
  releaseSimulatedNodes,
} from "../../../embedded/cluster/cluster-objects.ts";
import { httpsServer } from "../../support/https-server.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const definition = {
  metadata: { name: "queues.example.dev" },
  spec: {
    group: "example.dev",
    names: { plural: "queues" },
    conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } },
    versions: [
      { name: "v1", served: true, storage: false },
      { name: "v2", served: false, storage: true },
    ],
  },
  status: { conditions: [{ type: "Established", status: "False" }] },
};

test("only the stored version is served, without a webhook and without a status", () => {
  expect(onlyStoredVersion(definition)).toEqual({
    metadata: { name: "queues.example.dev" },
    spec: {
      group: "example.dev",
      names: { plural: "queues" },
      conversion: { strategy: "None" },
      versions: [{ name: "v2", served: true, storage: true }],
    },
  });
});

test("definitions are applied, and waited for until they are established and answer a list", async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "queues.yaml"), JSON.stringify(definition));
  writeFileSync(join(directory, "kustomization.yaml"), "resources: []");
  const answers: Record<string, object[]> = {
    [`GET ${crds}/queues.example.dev`]: [{}, { status: established }, { status: established }],
    "GET /apis/example.dev/v2/queues?limit=1": [{ error: true }, { items: [] }],
  };
  const { api, requests } = await httpsServer(({ method, url }, response) => {
    const answer = answers[`${method} ${url}`]?.shift() ?? {};
    response.writeHead("error" in answer ? 404 : 200).end(JSON.stringify(answer));
  });
  await applyDefinitions(api, directory);
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `PATCH ${crds}/queues.example.dev?fieldManager=plinth-supervisor&force=true`,
    `GET ${crds}/queues.example.dev`,
    `GET ${crds}/queues.example.dev`,
    "GET /apis/example.dev/v2/queues?limit=1",
    `GET ${crds}/queues.example.dev`,
    "GET /apis/example.dev/v2/queues?limit=1",
  ]);
});

const established = { conditions: [{ type: "Established", status: "True" }] };

test("KWOK gets a kubelet's rights for simulated nodes, the host node a guard (F84)", async () => {
  const { api, requests } = await httpsServer((_, response) => response.end("{}"));
  await applyClusterObjects(api);
  const applied = requests.map(({ body }) => JSON.parse(body));
  expect(applied.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    "ClusterRole plinth:simulated-nodes",
    "ClusterRoleBinding plinth:simulated-nodes",
    "StorageClass simulated",
    "ValidatingAdmissionPolicy host.plinth.dev",
    "ValidatingAdmissionPolicyBinding host.plinth.dev",
  ]);
  const disks = applied.find(({ kind }) => kind === "StorageClass");
  expect(disks.volumeBindingMode).toBe("WaitForFirstConsumer");
  const role = applied.find(({ kind }) => kind === "ClusterRole");
  expect(role.rules.flatMap(({ verbs }: { verbs: string[] }) => verbs)).not.toContain("*");
  const policy = applied.find(({ kind }) => kind === "ValidatingAdmissionPolicy");
  expect(policy.spec.failurePolicy).toBe("Fail");
  expect(policy.spec.validations[0].expression).toBe('variables.target != "host" || variables.isSystem');
});

test("leases of simulated nodes are released, the host node's stays", async () => {
  const names = ["h100-0", "host", "h100-1"];
  const items = names.map((name) => ({ metadata: { name } }));
  const { api, requests } = await httpsServer((_, response) => response.end(JSON.stringify({ items })));
  await releaseSimulatedNodes(api);
  const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  expect(requests.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
    `DELETE ${path}/h100-0`,
    `DELETE ${path}/h100-1`,
    `GET ${path}`,
  ]);
});
