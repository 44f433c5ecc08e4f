/** The disks of simulated nodes; that pods get them is seen in test/e2e/notebook.test.ts. */
import { expect, onTestFinished, test } from "vitest";
import { diskFor, SimulatedDisks } from "../../../embedded/cluster/simulated-disks.ts";
import { httpsServer } from "../../support/https-server.ts";
import { eventually } from "../../support/platform.ts";

const claim = {
  metadata: {
    namespace: "research",
    name: "lab-home-h100",
    uid: "u1",
    annotations: { "volume.kubernetes.io/selected-node": "h100-1" } as Record<string, string>,
  },
  spec: {
    storageClassName: "simulated",
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "20Gi" } },
  },
};

const wanted = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "disk-u1", annotations: { "pv.kubernetes.io/provisioned-by": "plinth.dev/simulated" } },
  spec: {
    storageClassName: "simulated",
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "20Gi" },
    persistentVolumeReclaimPolicy: "Delete",
    claimRef: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: "research",
      name: "lab-home-h100",
      uid: "u1",
    },
    hostPath: { path: "/disks/u1" },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "plinth.dev/pool", operator: "In", values: ["h100"] }] },
        ],
      },
    },
  },
};

test("the disk of a claim, where the node of its pod is (F84)", () => {
  expect(diskFor(claim, { "plinth.dev/pool": "h100", other: "x" })).toEqual(wanted);
});

test("only claims that wait for a disk get one, only disks without a claim go", async () => {
  const claims = [
    claim,
    { ...claim, metadata: { ...claim.metadata, uid: "no-node-yet", annotations: {} } },
    { ...claim, metadata: { ...claim.metadata, uid: "bound" }, spec: { ...claim.spec, volumeName: "disk" } },
    {
      ...claim,
      metadata: { ...claim.metadata, uid: "other" },
      spec: { ...claim.spec, storageClassName: "x" },
    },
  ];
  const disk = (name: string, phase: string, storageClassName = "simulated", more: object = {}) => ({
    metadata: { name, ...more },
    spec: { storageClassName },
    status: { phase },
  });
  const disks = [
    disk("free", "Released"),
    disk("used", "Bound"),
    disk("foreign", "Released", "x"),
    disk("going", "Released", "simulated", { deletionTimestamp: "2026-11-21T12:00:00Z" }),
  ];
  const lists: Record<string, object[]> = { persistentvolumeclaims: claims, persistentvolumes: disks };
  const { api, requests } = await httpsServer(({ method, url }, response) => {
    const path = url.split("?")[0] ?? "";
    // A watch that never says anything.
    if (url.includes("watch=1")) return void response.flushHeaders();
    const items = lists[path.split("/").at(-1) ?? ""] ?? [];
    const node = { metadata: { labels: { "plinth.dev/pool": "h100" } } };
    const list = { metadata: { resourceVersion: "1" }, items };
    return void response.end(JSON.stringify(method === "GET" && path.includes("/nodes/") ? node : list));
  });
  const simulated = new SimulatedDisks(api);
  onTestFinished(() => simulated.stop());
  simulated.start();
  const writes = () => requests.filter(({ method }) => method !== "GET");
  await eventually(
    async () => writes().length,
    (count) => count >= 2,
  );
  expect(
    writes()
      .map(({ method, url }) => `${method} ${url}`)
      .sort(),
  ).toEqual(["DELETE /api/v1/persistentvolumes/free", "POST /api/v1/persistentvolumes"]);
  const made = writes().find(({ method }) => method === "POST");
  expect(JSON.parse(made?.body ?? "")).toEqual(wanted);
  expect(requests.filter(({ url }) => url.includes("/nodes/")).map(({ url }) => url)).toEqual([
    "/api/v1/nodes/h100-1",
  ]);
});
