import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { readInventory } from "../../../components/cluster/onprem-inventory.ts";
import { httpsServer } from "../../support/https-server.ts";

const answers: Record<string, unknown> = {
  "/version": { gitVersion: "v1.35.2", platform: "linux/amd64" },
  "/api/v1/nodes": {
    items: [
      {
        metadata: { name: "gpu-1", labels: { "example.org/pool": "h100" } },
        spec: {
          taints: [{ key: "example.org/gpu", effect: "NoSchedule", timeAdded: "2026-11-21T00:00:00Z" }],
        },
        status: {
          allocatable: { cpu: "96", memory: "1048576Ki" },
          conditions: [
            { type: "MemoryPressure", status: "False" },
            { type: "Ready", status: "True" },
          ],
        },
      },
      { metadata: { name: "new" }, spec: {}, status: {} },
    ],
  },
  "/apis/storage.k8s.io/v1/storageclasses": {
    items: [
      {
        metadata: { name: "disks", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "example.org/disks",
        volumeBindingMode: "WaitForFirstConsumer",
      },
      { metadata: { name: "files" }, provisioner: "example.org/files" },
    ],
  },
  "/apis/apps/v1/daemonsets": {
    items: [
      {
        metadata: { name: "calico-node", namespace: "kube-system" },
        spec: { template: { spec: { containers: [{ name: "node", image: "calico/node:v3" }] } } },
      },
    ],
  },
};

async function site(given: Record<string, unknown> = answers, status = 200) {
  const server = await httpsServer(({ url }, response) => {
    response
      .writeHead(url in given ? status : 404)
      .end(JSON.stringify(given[url] ?? { message: "not here" }));
  });
  const data = (text: string) => Buffer.from(text).toString("base64");
  const text = stringify({
    "current-context": "site",
    contexts: [{ name: "site", context: { cluster: "site", user: "admin" } }],
    clusters: [
      {
        name: "site",
        cluster: {
          server: `https://127.0.0.1:${server.port}`,
          "certificate-authority-data": data(server.authorityPem),
        },
      },
    ],
    users: [
      {
        name: "admin",
        user: {
          "client-certificate-data": data(readFileSync(server.client.certificate, "utf8")),
          "client-key-data": data(readFileSync(server.client.key, "utf8")),
          token: "moment",
        },
      },
    ],
  });
  return { server, text };
}

test("nodes, storage, daemons and version, with the identity of the kubeconfig", async () => {
  const { server, text } = await site();
  expect(await readInventory({ text })).toEqual({
    server: `https://127.0.0.1:${server.port}`,
    kubernetes: "v1.35.2",
    nodes: [
      {
        name: "gpu-1",
        labels: { "example.org/pool": "h100" },
        taints: [{ key: "example.org/gpu", value: "", effect: "NoSchedule" }],
        allocatable: { cpu: "96", memory: "1048576Ki" },
        isReady: true,
      },
      { name: "new", labels: {}, taints: [], allocatable: {}, isReady: false },
    ],
    storageClasses: [
      { name: "disks", isDefault: true, waitsForPod: true },
      { name: "files", isDefault: false, waitsForPod: false },
    ],
    daemons: [{ name: "calico-node", namespace: "kube-system", images: ["calico/node:v3"] }],
  });
  expect(
    server.requests.map(({ method, url, authorization }) => `${method} ${url} ${authorization}`).sort(),
  ).toEqual(
    Object.keys(answers)
      .map((path) => `GET ${path} Bearer moment`)
      .sort(),
  );
});

test.each([
  {
    case: "a right that is missing, in the API server's words",
    given: { ...answers, "/api/v1/nodes": undefined },
    want: /\/api\/v1\/nodes cannot be read: HTTP 404 not here$/,
  },
  {
    case: "an answer of another shape",
    given: { ...answers, "/version": { major: "1" } },
    want: /\/version cannot be read: ✖ .*\n {2}→ at gitVersion/,
  },
])("refused: $case", async ({ given, want }) => {
  const known = Object.fromEntries(Object.entries(given).filter(([, answer]) => answer !== undefined));
  const { text } = await site(known);
  await expect(readInventory({ text })).rejects.toThrow(want);
});

test("a cluster that does not answer is told by its address", async () => {
  const { server, text } = await site();
  await server.close();
  await expect(readInventory({ text })).rejects.toThrow(
    new RegExp(`^cluster at https://127.0.0.1:${server.port}: .* cannot be read: .*ECONNREFUSED`),
  );
});
