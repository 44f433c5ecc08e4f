/** Counts of accelerators from nodes, pods and Kueue's objects. */
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { poolStatuses, readPlatformStatus } from "../../../embedded/status/platform-status.ts";
import { httpsServer } from "../../support/https-server.ts";

const gpu = "nvidia.com/gpu";

const node = (name: string, pool: string, count: number, ready: "True" | "False" = "True"): V1Node => ({
  metadata: { name, labels: { "plinth.dev/pool": pool, "nvidia.com/gpu.product": `GPU-${pool}` } },
  status: { allocatable: { [gpu]: String(count), cpu: "8" }, conditions: [{ type: "Ready", status: ready }] },
});

const pod = (nodeName: string, count: number, phase = "Running"): V1Pod => ({
  metadata: { namespace: "research", labels: { "job-name": "pretrain" } },
  spec: { nodeName, containers: [{ name: "c", resources: { limits: { [gpu]: String(count) } } }] },
  status: { phase, conditions: [{ type: "Ready", status: "True" }] },
});

function withSlices(whole: V1Node, allocatable: Record<string, string>): V1Node {
  return { ...whole, status: { ...whole.status, allocatable } };
}

function withLimit(whole: V1Pod, resource: string): V1Pod {
  const containers = [{ name: "c", resources: { limits: { [resource]: "1" } } }];
  return { ...whole, spec: { ...whole.spec, containers } };
}

const empty = { name: "a", accelerator: "GPU-a", resource: gpu };

test.each([
  {
    case: "an idle node",
    nodes: [node("n", "a", 8)],
    pods: [],
    want: [{ ...empty, nodes: 1, total: 8, used: 0, free: 8 }],
  },
  {
    case: "running pods hold theirs, ended ones do not",
    nodes: [node("n", "a", 8)],
    pods: [pod("n", 4), pod("n", 2, "Pending"), pod("n", 8, "Succeeded"), pod("n", 8, "Failed"), pod("m", 8)],
    want: [{ ...empty, nodes: 1, total: 8, used: 6, free: 2 }],
  },
  {
    case: "a node that is not Ready gives nothing free",
    nodes: [node("n", "a", 8), node("m", "a", 8, "False")],
    pods: [pod("m", 2)],
    want: [{ ...empty, nodes: 2, total: 16, used: 2, free: 8 }],
  },
  {
    case: "pools by name",
    nodes: [node("n", "b", 4), node("m", "a", 8)],
    pods: [],
    want: [
      { ...empty, nodes: 1, total: 8, used: 0, free: 8 },
      { ...empty, name: "b", accelerator: "GPU-b", nodes: 1, total: 4, used: 0, free: 4 },
    ],
  },
  {
    case: "a row per kind of slice, with the nodes that have it",
    nodes: [
      withSlices(node("n", "a", 0), { "nvidia.com/mig-1g.10gb": "56" }),
      withSlices(node("m", "a", 0), { "nvidia.com/mig-1g.10gb": "16", "nvidia.com/mig-3g.40gb": "8" }),
    ],
    pods: [withLimit(pod("m", 0), "nvidia.com/mig-3g.40gb")],
    want: [
      { ...empty, resource: "nvidia.com/mig-1g.10gb", nodes: 2, total: 72, used: 0, free: 72 },
      { ...empty, resource: "nvidia.com/mig-3g.40gb", nodes: 1, total: 8, used: 1, free: 7 },
    ],
  },
])("pools: $case", ({ nodes, pods, want }) => {
  expect(poolStatuses(nodes, pods)).toEqual(want);
});

const resources = (rows: object[]) => [{ name: "h100", resources: rows }];
const kueueObjects: Record<string, object[]> = {
  clusterqueues: [
    {
      metadata: {
        name: "research-h100",
        labels: { "plinth.dev/team": "research", "plinth.dev/pool": "h100" },
      },
      spec: {
        resourceGroups: [
          {
            flavors: resources([
              { name: "cpu", nominalQuota: 100 },
              { name: gpu, nominalQuota: 16 },
            ]),
          },
        ],
      },
      status: {
        pendingWorkloads: 3,
        flavorsReservation: resources([
          { name: "cpu", total: "90" },
          { name: gpu, total: "20", borrowed: "4" },
        ]),
      },
    },
  ],
  localqueues: [
    { metadata: { name: "h100", namespace: "research" }, spec: { clusterQueue: "research-h100" } },
    { metadata: { name: "h100", namespace: "vision" }, spec: { clusterQueue: "vision-h100" } },
  ],
  workloads: [
    {
      metadata: {
        name: "job-pretrain-1",
        namespace: "research",
        ownerReferences: [{ kind: "Job", name: "pretrain" }],
      },
      spec: {
        queueName: "h100",
        podSets: [
          {
            count: 2,
            template: { spec: { containers: [{ name: "c", resources: { limits: { [gpu]: "8" } } }] } },
          },
        ],
      },
      status: { conditions: [{ type: "Admitted", status: "True", reason: "Admitted", message: "" }] },
    },
  ],
};

/** A pool of one L4 that claims share, and what its queue counts them as. */
const claimed = {
  slice: {
    metadata: { name: "s" },
    spec: {
      driver: "gpu.nvidia.com",
      nodeName: "c",
      devices: [
        {
          name: "gpu-0",
          attributes: { type: { string: "gpu" } },
          capacity: { memory: { value: "20Gi" } },
          allowMultipleAllocations: true,
        },
      ],
    },
  },
  claim: {
    metadata: { name: "x", namespace: "research" },
    status: {
      allocation: {
        devices: {
          results: [
            { driver: "gpu.nvidia.com", pool: "c", device: "gpu-0", consumedCapacity: { memory: "5Gi" } },
          ],
        },
      },
      reservedFor: [{ name: "serve-0" }],
    },
  },
  template: {
    metadata: { name: "serve", namespace: "research" },
    spec: { spec: { devices: { requests: [{ exactly: { count: 1 } }] } } },
  },
  queue: {
    metadata: { name: "research-l4", labels: { "plinth.dev/team": "research", "plinth.dev/pool": "l4" } },
    spec: {
      resourceGroups: [
        { flavors: [{ resources: [{ name: "nvidia.com/gpu.memory", nominalQuota: "40Gi" }] }] },
      ],
    },
    status: { flavorsReservation: [{ resources: [{ name: "nvidia.com/gpu.memory", total: "5Gi" }] }] },
  },
  workload: {
    metadata: { name: "w", namespace: "research", ownerReferences: [{ name: "serve", kind: "Job" }] },
    spec: {
      queueName: "l4",
      podSets: [
        {
          count: 2,
          template: {
            spec: {
              containers: [],
              resourceClaims: [{ name: "a", resourceClaimTemplateName: "serve" }],
            },
          },
        },
      ],
    },
  },
};

test("claims count as accelerators and parts of them", async () => {
  const answers: Record<string, object[]> = {
    nodes: [{ ...node("c", "l4", 0), status: { conditions: [{ type: "Ready", status: "True" }] } }],
    clusterqueues: [claimed.queue],
    workloads: [claimed.workload],
    resourceslices: [claimed.slice],
    resourceclaims: [claimed.claim],
    resourceclaimtemplates: [claimed.template],
  };
  const { api } = await httpsServer(({ url }, response) => {
    const kind = url.replace(/\?.*/, "").split("/").at(-1) ?? "";
    response.end(JSON.stringify({ items: answers[kind] ?? [] }));
  });
  const found = await readPlatformStatus(api);
  expect(found.pools).toEqual([
    {
      name: "l4",
      accelerator: "GPU-l4",
      resource: "gpu-share.plinth.dev",
      nodes: 1,
      total: 1,
      used: 0.25,
      free: 0.75,
    },
  ]);
  expect(found.queues).toMatchObject([{ name: "research-l4", nominal: 2, used: 0.25 }]);
  expect(found.workloads).toMatchObject([{ name: "serve", accelerators: 2 }]);
  expect(found.allocations).toEqual([
    { pool: "l4", node: "c", device: "gpu-0", team: "research", pod: "serve-0", memoryGiB: 5 },
  ]);
});

const serverLabels = { "plinth.dev/inference-server": "chat", "plinth.dev/team": "research" };
const server = { metadata: { name: "chat", namespace: "home", labels: serverLabels } };

const hosted = { template: { spec: { nodeSelector: { "plinth.dev/host": "true" } } } };

const lists: Record<string, object[]> = {
  "/api/v1/nodes?labelSelector=plinth.dev%2Fpool": [node("n", "h100", 8)],
  "/api/v1/pods": [pod("n", 8), pod("m", 8)],
  "/apis/apps/v1/statefulsets?labelSelector=plinth.dev%2Fnotebook": [
    {
      metadata: { name: "lab", namespace: "research", annotations: { "plinth.dev/owner": "ada" } },
      spec: {},
    },
  ],
  "/apis/apps/v1/deployments?labelSelector=plinth.dev/inference-server": [
    { ...server, spec: hosted, status: { readyReplicas: 1 } },
  ],
  "/api/v1/services?labelSelector=plinth.dev/inference-server": [
    { ...server, spec: { clusterIP: "10.96.0.9", ports: [{ port: 8000 }] } },
  ],
};

test("everything is read once and put together", async () => {
  const { api, requests } = await httpsServer(({ url }, response) => {
    const items = lists[url] ?? kueueObjects[url.split("/").at(-1) ?? ""];
    // A cluster without Volcano or claims does not know their kinds.
    if (!items) response.statusCode = 404;
    response.end(JSON.stringify({ items }));
  });
  expect(await readPlatformStatus(api)).toEqual({
    pools: [{ name: "h100", accelerator: "GPU-h100", resource: gpu, nodes: 1, total: 8, used: 8, free: 0 }],
    queues: [
      {
        name: "research-h100",
        team: "research",
        pool: "h100",
        nominal: 16,
        used: 20,
        borrowed: 4,
        pending: 3,
      },
    ],
    workloads: [
      {
        name: "pretrain",
        team: "research",
        queue: "research-h100",
        accelerators: 16,
        state: "Running",
        reason: "2 of 2 pods on 2 nodes",
      },
    ],
    notebooks: [
      {
        name: "lab",
        team: "research",
        owner: "ada",
        accelerators: 0,
        state: "Waiting",
        reason: "Kueue has not looked at it yet",
      },
    ],
    endpoints: [{ name: "chat", team: "research", address: "http://127.96.0.9:8000/v1", ready: "1 of 1" }],
  });
  expect(requests).toHaveLength(15);
});

test("a cluster that does not know Kueue has no queues; one that refuses to answer is an error", async () => {
  let status = 404;
  const { api } = await httpsServer(({ url }, response) => {
    const known = url.startsWith("/api/v1/") || url.startsWith("/apis/apps/");
    response
      .writeHead(known ? 200 : status)
      .end(JSON.stringify(known ? { items: [] } : { message: "refused" }));
  });
  const nothing = { pools: [], queues: [], workloads: [], notebooks: [], endpoints: [] };
  expect(await readPlatformStatus(api)).toEqual(nothing);
  status = 403;
  await expect(readPlatformStatus(api)).rejects.toThrow("refused");
});
