/** What each action asks of the API server; that it then happens is seen in test/e2e/node-health.test.ts. */
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import type { Action } from "../../../controllers/node-health/decide.ts";
import { nodePatch } from "../../../controllers/node-health/node-marks.ts";
import { perform } from "../../../controllers/node-health/perform.ts";
import { makeNode, makePod, makeRecord, makeWorkload } from "../../support/health-world.ts";
import { httpsServer, type ReceivedRequest } from "../../support/https-server.ts";

const patch = nodePatch(makeNode("h100-0"), makeRecord(), undefined);
const mark: Action = {
  kind: "mark",
  node: makeNode("h100-0"),
  patch: patch ?? expect.fail(),
  events: [{ type: "Warning", reason: "DrainStarted", message: "off the bus" }],
};
const pod = makePod("notebook", "h100-0", { workload: undefined });

/** A server on which nodes of these names exist, and which refuses what `refuse` says. */
async function server(nodes: readonly string[], refuse?: (request: ReceivedRequest) => number | undefined) {
  return httpsServer((request, response) => {
    const status = refuse?.(request);
    if (status) return answer(response, status, { reason: "", message: "no" });
    const isMissing = request.method === "GET" && !nodes.some((node) => request.url.endsWith(`/${node}`));
    answer(response, isMissing ? 404 : 200, isMissing ? { reason: "NotFound", message: "" } : {});
  });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const told = ({ method, url, body }: ReceivedRequest) => [
  `${method} ${url}`,
  body ? JSON.parse(body) : undefined,
];

test("a mark is one patch of the node, then its events", async () => {
  const { api, requests } = await server([]);
  expect(await perform(api, mark)).toEqual({ isDone: true });
  expect(requests.map(told)).toEqual([
    ["PATCH /api/v1/nodes/h100-0?fieldManager=plinth-node-health", patch],
    [
      "POST /api/v1/namespaces/default/events",
      expect.objectContaining({
        involvedObject: { kind: "Node", apiVersion: "v1", name: "h100-0", uid: "uid-h100-0", namespace: "" },
        type: "Warning",
        reason: "DrainStarted",
        message: "off the bus",
        source: { component: "plinth-node-health" },
      }),
    ],
  ]);
});

test("a mark that came too late tells nobody", async () => {
  const { api, requests } = await server([], () => 409);
  expect(await perform(api, mark)).toEqual({ isDone: false, why: "409 no" });
  expect(requests).toHaveLength(1);
});

const workloadPath = "/apis/kueue.x-k8s.io/v1beta2/namespaces/research/workloads/job-pretrain";

test("a gang is stopped and remembered in one patch, and an event beside it says why", async () => {
  const { api, requests } = await server([]);
  await perform(api, { kind: "requeue", workload: makeWorkload(), node: "h100-0", isGone: false });
  expect(requests.map(told)).toEqual([
    [
      `PATCH ${workloadPath}?fieldManager=plinth-node-health`,
      {
        metadata: { resourceVersion: "9", annotations: { "plinth.dev/requeued-from": "h100-0" } },
        spec: { active: false },
      },
    ],
    [
      "POST /api/v1/namespaces/research/events",
      expect.objectContaining({
        reason: "GangRequeued",
        message: "taken from node h100-0, to start whole elsewhere",
      }),
    ],
  ]);
});

test("a gang is started and forgotten in one patch", async () => {
  const { api, requests } = await server([]);
  await perform(api, { kind: "resume", workload: makeWorkload() });
  expect(requests.map(told)).toEqual([
    [
      `PATCH ${workloadPath}?fieldManager=plinth-node-health`,
      {
        metadata: { resourceVersion: "9", annotations: { "plinth.dev/requeued-from": null } },
        spec: { active: true },
      },
    ],
  ]);
});

const eviction = (deleteOptions: object) => ({
  apiVersion: "policy/v1",
  kind: "Eviction",
  metadata: { name: "notebook", namespace: "research" },
  deleteOptions,
});

test.each([
  {
    case: "in its own time",
    isGone: false,
    nodes: ["h100-0"],
    want: [
      [
        "POST /api/v1/namespaces/research/pods/notebook/eviction",
        eviction({ preconditions: { uid: "uid-notebook" } }),
      ],
    ],
  },
  {
    case: "at once, of a node that is gone",
    isGone: true,
    nodes: [],
    want: [
      ["GET /api/v1/nodes/h100-0", undefined],
      [
        "POST /api/v1/namespaces/research/pods/notebook/eviction",
        eviction({ preconditions: { uid: "uid-notebook" }, gracePeriodSeconds: 0 }),
      ],
      [
        "PATCH /api/v1/namespaces/research/pods/notebook/status?fieldManager=plinth-node-health",
        {
          metadata: { uid: "uid-notebook" },
          status: { phase: "Failed", reason: "NodeGone", message: "its node is gone" },
        },
      ],
    ],
  },
  {
    case: "not at all, of a node that is there after all",
    isGone: true,
    nodes: ["h100-0"],
    want: [["GET /api/v1/nodes/h100-0", undefined]],
  },
])("a pod is evicted: $case", async ({ isGone, nodes, want }) => {
  const { api, requests } = await server(nodes);
  expect(await perform(api, { kind: "evict", pod, isGone })).toEqual({ isDone: true });
  expect(requests.map(told)).toEqual(want);
});

test.each([
  { case: "a pod that has gone", status: 404, want: { isDone: true } },
  { case: "a disruption budget that says no", status: 403, want: { isDone: false, why: "403 no" } },
])("an eviction meets $case", async ({ status, want }) => {
  const { api } = await server([], () => status);
  expect(await perform(api, { kind: "evict", pod, isGone: false })).toEqual(want);
});

test("a server that is away is no reason to end", async () => {
  const { api, close } = await server([]);
  await close();
  expect(await perform(api, mark)).toMatchObject({
    isDone: false,
    why: expect.stringContaining("ECONNREFUSED"),
  });
});
