/** The extender over HTTP, as a scheduler asks it. */
import { expect, onTestFinished, test } from "vitest";
import { ClusterView } from "../../../embedded/scheduler-extender/cluster-view.ts";
import { priorities, SchedulerExtender } from "../../../embedded/scheduler-extender/extender.ts";

function view(): ClusterView {
  const cluster = new ClusterView();
  const allocatable = { cpu: "64", memory: "256Gi", "nvidia.com/gpu": "4" };
  for (const name of ["empty", "half", "full"])
    cluster.set("nodes", { metadata: { name }, status: { allocatable } });
  for (const [nodeName, gpus] of [
    ["half", "2"],
    ["full", "4"],
  ] as const) {
    const containers = [{ resources: { requests: { "nvidia.com/gpu": gpus } } }];
    cluster.set("pods", { metadata: { namespace: "team", name: nodeName }, spec: { nodeName, containers } });
  }
  return cluster;
}

function pod(schedulerName: string) {
  const containers = [{ resources: { requests: { "nvidia.com/gpu": "1" } } }];
  return { metadata: { namespace: "team", name: "new" }, spec: { schedulerName, containers } };
}

async function listening(): Promise<string> {
  const extender = new SchedulerExtender(view());
  onTestFinished(() => extender.close());
  return extender.listen();
}

async function ask(body: string, path = "/prioritize") {
  const response = await fetch(`${await listening()}${path}`, { method: "POST", body });
  return { status: response.status, answer: await response.text() };
}

const NodeNames = ["empty", "half", "full", "unknown"];

test("the fullest node that has room is best; nodes without room or unknown get nothing", async () => {
  const { status, answer } = await ask(JSON.stringify({ Pod: pod("plinth-waste"), Nodes: null, NodeNames }));
  expect(status).toBe(200);
  expect(JSON.parse(answer)).toEqual([
    { Host: "empty", Score: 0 },
    { Host: "half", Score: 10 },
    { Host: "full", Score: 0 },
    { Host: "unknown", Score: 0 },
  ]);
});

test("pods of other profiles are left alone", async () => {
  const { answer } = await ask(JSON.stringify({ Pod: pod("default-scheduler"), NodeNames }));
  expect(JSON.parse(answer).map(({ Score }: { Score: number }) => Score)).toEqual([0, 0, 0, 0]);
});

test("the mix is learned from every pod that has a choice", () => {
  const cluster = view();
  const extender = new SchedulerExtender(cluster);
  // Half of the pods want all four, so that breaking the empty node would be waste.
  const four = { spec: { containers: [{ resources: { requests: { "nvidia.com/gpu": "4", cpu: "64" } } }] } };
  for (let pods = 0; pods < 50; pods += 1) extender.prioritize(four, ["empty"]);
  const [empty, half] = extender.prioritize(pod("plinth-waste"), ["empty", "half"]);
  expect([empty?.Score, half?.Score]).toEqual([0, 10]);
});

test.each([
  { case: "no node names", body: JSON.stringify({ Pod: {} }), want: 400 },
  { case: "no pod", body: JSON.stringify({ NodeNames }), want: 400 },
  { case: "not JSON", body: "{", want: 500 },
  { case: "more than any scheduler sends", body: " ".repeat(8 * 2 ** 20 + 1), want: 413 },
  { case: "another path", body: "{}", path: "/filter", want: 404 },
])("refused: $case", async ({ body, path, want }) => {
  expect((await ask(body, path)).status).toBe(want);
});

test("it tells that it is there", async () => {
  const response = await fetch(`${await listening()}/healthz`);
  expect([response.status, await response.text()]).toEqual([200, '"ok"']);
});

const none = Number.NEGATIVE_INFINITY;

test.each([
  { case: "no node", scores: [], want: [] },
  { case: "no score", scores: [none, none], want: [0, 0] },
  { case: "all alike, of which the first by name is best", scores: [0.5, 0.5, 0.5], want: [9, 10, 9] },
  { case: "one better", scores: [0, 1], want: [0, 10] },
  { case: "two better", scores: [1, none, 0, 1], want: [10, 0, 0, 9] },
  {
    case: "in proportion, and never as much as the best",
    scores: [-1, 0, 0.999, 1, none],
    want: [0, 4, 8, 10, 0],
  },
])("priorities: $case", ({ scores, want }) => {
  expect(priorities(scores, ["b", "a", "c", "d", "e"].slice(0, scores.length))).toEqual(want);
});
