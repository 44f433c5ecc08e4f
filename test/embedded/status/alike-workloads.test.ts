import { expect, test } from "vitest";
import { answeredAlike } from "../../../embedded/status/alike-workloads.ts";
import type { Workload } from "../../../embedded/status/kueue-objects.ts";
import { readPlatformStatus } from "../../../embedded/status/platform-status.ts";
import { httpsServer } from "../../support/https-server.ts";

const refused = { type: "QuotaReserved", status: "False", reason: "Pending", message: "no room" } as const;
const container = {
  name: "main",
  image: "train:1",
  resources: { requests: { cpu: "4" }, limits: { "nvidia.com/gpu": "8" } },
};

function workload(name: string, answer?: typeof refused): Workload {
  return {
    metadata: { name, namespace: "research" },
    spec: {
      queueName: "h100",
      priority: 100,
      podSets: [{ name: "main", count: 2, template: { spec: { containers: [{ ...container }] } } }],
    },
    ...(answer ? { status: { conditions: [answer] } } : {}),
  };
}

const silent = workload("silent");
const asked = workload("asked", refused);

test("a workload without an answer has that of one that is alike, whatever image both run", () => {
  const other = structuredClone(asked);
  Object.assign(other.spec.podSets[0]?.template.spec?.containers[0] ?? {}, { image: "train:2" });
  expect(answeredAlike(silent, [silent, other])).toEqual({ workload: other, answer: refused });
});

test("projects wait in queues of their own and are compared over their team's", () => {
  const other = structuredClone(asked);
  Object.assign(other.spec, { queueName: "h100.vision" });
  const queue = (name: string, clusterQueue: string) => ({
    metadata: { name, namespace: "research" },
    spec: { clusterQueue },
  });
  const one = [queue("h100", "research-h100"), queue("h100.vision", "research-h100")];
  expect(answeredAlike(silent, [silent, other], one)).toEqual({ workload: other, answer: refused });
  const two = [queue("h100", "research-h100"), queue("h100.vision", "research-l40s")];
  expect(answeredAlike(silent, [silent, other], two)).toBeUndefined();
});

test("its own answer counts, and none where nobody has one", () => {
  expect(answeredAlike(asked, [asked, workload("other", refused)])).toBeUndefined();
  expect(answeredAlike(silent, [silent, workload("other")])).toBeUndefined();
});

test("one that holds quota says nothing about others", () => {
  const running = workload("running", { ...refused, status: "True" } as unknown as typeof refused);
  expect(answeredAlike(silent, [running])).toBeUndefined();
});

test.each([
  { case: "another team", edit: (one: Workload) => Object.assign(one.metadata, { namespace: "vision" }) },
  { case: "another queue", edit: (one: Workload) => Object.assign(one.spec, { queueName: "l40s" }) },
  { case: "another priority", edit: (one: Workload) => Object.assign(one.spec, { priority: 200 }) },
  {
    case: "another number of pods",
    edit: (one: Workload) => Object.assign(one.spec.podSets[0] ?? {}, { count: 1 }),
  },
  {
    case: "another request",
    edit: (one: Workload) =>
      Object.assign(one.spec.podSets[0]?.template.spec?.containers[0]?.resources ?? {}, {
        requests: { cpu: "8" },
      }),
  },
  {
    case: "a request of the pod as a whole",
    edit: (one: Workload) =>
      Object.assign(one.spec.podSets[0]?.template.spec ?? {}, { resources: { requests: { cpu: "8" } } }),
  },
  {
    case: "another domain",
    edit: (one: Workload) =>
      Object.assign(one.spec.podSets[0] ?? {}, { topologyRequest: { required: "rack" } }),
  },
])("not alike: $case", ({ edit }) => {
  const other = structuredClone(asked);
  edit(other);
  expect(answeredAlike(silent, [other])).toBeUndefined();
});

test("the status says of it what Kueue said of the other", async () => {
  const items = [asked, silent];
  const { api } = await httpsServer(({ url }, response) => {
    response.end(JSON.stringify({ items: url.endsWith("/kueue.x-k8s.io/v1beta2/workloads") ? items : [] }));
  });
  const { workloads } = await readPlatformStatus(api);
  expect(workloads.map(({ name, state, reason }) => [name, state, reason])).toEqual([
    ["asked", "Waiting", "no room"],
    ["silent", "Waiting", "as asked: no room"],
  ]);
});
