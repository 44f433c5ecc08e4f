/** TPU slices: nodes as GKE would label them, and jobs that have one slice each, whole. */
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kueueLabels, simulationAnnotations, tpuLabels } from "../../components/catalogue/labels.ts";
import type { PlatformStatus } from "../../embedded/status/platform-status.ts";
import { removeJob } from "../support/gang-watch.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { firstSlices, lateSlice, sliceStack, urgentSlice } from "../support/slice-stack.ts";

const platform = new TestPlatform();

beforeAll(async () => {
  await platform.must("up", "--json", "--stack-file", platform.stackFile(sliceStack(firstSlices)));
  await settles("first", "Running");
  await settles("second", "Running");
  await settles("serve", "Running");
  await settles("small", "Running");
  const all = sliceStack([...firstSlices, lateSlice]);
  await platform.must("up", "--json", "--stack-file", platform.stackFile(all));
});
afterAll(() => platform.remove());

async function status(): Promise<PlatformStatus> {
  return JSON.parse((await platform.must("status", "--json")).stdout);
}

/** State of a job, and why, once it is as wanted; else as it last was. */
async function settles(name: string, state: string, reason = /.*/): Promise<string> {
  let last = "";
  const read = async () => {
    const own = (await status()).workloads.find((workload) => workload.name === name);
    last = `${own?.state}: ${own?.reason}`;
    return last;
  };
  const isWanted = (found: string) => found.startsWith(`${state}: `) && reason.test(found);
  await eventually(read, isWanted, 60_000).catch(() => undefined);
  expect(last).toMatch(new RegExp(`^${state}: `));
  expect(last).toMatch(reason);
  return last;
}

/** Pods of a job by the order of their index. */
async function podsOf(job: string): Promise<V1Pod[]> {
  const pods = await platform.api.list<V1Pod>("/api/v1/namespaces/red/pods");
  const index = ({ metadata }: V1Pod) => metadata?.annotations?.["batch.kubernetes.io/job-completion-index"];
  return pods
    .filter(
      ({ metadata }) =>
        metadata?.annotations?.[kueueLabels.workload]?.includes(`-${job}-`) ||
        metadata?.labels?.["leaderworkerset.sigs.k8s.io/name"] === job,
    )
    .sort((a, b) => Number(index(a)) - Number(index(b)));
}

/** Nodes that a job has, by the slice that they are of. */
async function slicesOf(job: string): Promise<Record<string, string[]>> {
  const names = (await podsOf(job)).map(({ spec }) => spec?.nodeName ?? "").sort();
  const nodes = await Promise.all(names.map((name) => platform.api.get<V1Node>(`/api/v1/nodes/${name}`)));
  const groups = Map.groupBy(nodes, ({ metadata }) => metadata?.labels?.[tpuLabels.nodePool] ?? "");
  return Object.fromEntries(
    [...groups].map(([slice, own]) => [slice, own.map((node) => node.metadata?.name ?? "")]),
  );
}

const whole = [
  { "tpu-0": ["tpu-0", "tpu-1"] },
  { "tpu-1": ["tpu-2", "tpu-3"] },
  { "tpu-2": ["tpu-4", "tpu-5"] },
];

test("nodes are labelled, tainted and sized as GKE publishes them", async () => {
  const { metadata, spec, status: own } = await platform.api.get<V1Node>("/api/v1/nodes/tpu-3");
  const labels = Object.entries(metadata?.labels ?? {}).filter(([key]) =>
    key.startsWith("cloud.google.com/"),
  );
  expect(Object.fromEntries(labels)).toEqual({
    "cloud.google.com/gke-accelerator-count": "4",
    "cloud.google.com/gke-nodepool": "tpu-1",
    "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
    "cloud.google.com/gke-tpu-topology": "2x4",
  });
  expect(Object.keys(metadata?.labels ?? {}).filter((key) => key.startsWith("nvidia.com/"))).toEqual([]);
  expect(spec?.taints).toEqual([{ key: "google.com/tpu", value: "present", effect: "NoSchedule" }]);
  expect(own?.capacity?.["google.com/tpu"]).toBe("4");
});

test("a job has one slice, whole; the last waits for one", async () => {
  const taken = [await slicesOf("first"), await slicesOf("second"), await slicesOf("serve")];
  const byName = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b));
  expect(taken.sort(byName)).toEqual(whole);
  expect(await slicesOf("small")).toEqual({ single: ["single-0"] });
  await settles("third", "Waiting", /insufficient unused quota for google\.com\/tpu in flavor tpu, 8 more/);
  expect(await podsOf("third")).toEqual([]);
});

test("each pod knows all hosts of its slice and which it is", async () => {
  for (const [job, hosts] of [
    ["first", ["first-0.first", "first-1.first"]],
    ["second", ["second-trainer-0-0.second", "second-trainer-0-1.second"]],
  ] as const) {
    const pods = await podsOf(job);
    expect(pods.map(({ spec }) => `${spec?.hostname}.${spec?.subdomain}`)).toEqual(hosts);
    for (const { spec } of pods) {
      const env = spec?.containers[0]?.env?.filter(({ name }) => name.startsWith("TPU_"));
      expect(env?.map(({ name, value }) => [name, value])).toEqual([
        ["TPU_WORKER_HOSTNAMES", hosts.join(",")],
        ["TPU_WORKER_ID", undefined],
      ]);
    }
  }
});

test("LeaderWorkerSet's own webhook tells the pods of a group the same", async () => {
  const hosts = ["serve-0.serve", "serve-0-1.serve"];
  const told = (await podsOf("serve")).map(({ metadata, spec }) => {
    const env = spec?.containers[0]?.env?.filter(({ name }) => /^TPU_WORKER_/.test(name));
    return [metadata?.name, Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]))];
  });
  expect(Object.fromEntries(told)).toEqual({
    "serve-0": { TPU_WORKER_HOSTNAMES: hosts.join(","), TPU_WORKER_ID: "0" },
    "serve-0-1": { TPU_WORKER_HOSTNAMES: hosts.join(","), TPU_WORKER_ID: "1" },
  });
});

test("status counts chips, and names the product", async () => {
  const { pools } = await status();
  expect(
    pools.map(({ name, accelerator, resource, total, used }) => [name, accelerator, resource, total, used]),
  ).toEqual([
    ["single", "tpu-v6e-slice", "google.com/tpu", 8, 8],
    ["tpu", "tpu-v5-lite-podslice", "google.com/tpu", 24, 24],
  ]);
});

test("part of a slice is of no use: a job waits until one is whole", async () => {
  const [[, nodes = []] = []] = Object.entries(await slicesOf("first"));
  const path = `/api/v1/nodes/${nodes[0]}`;
  await platform.api.mergePatch(path, { spec: { unschedulable: true } });
  await removeJob(platform.api, "red", "first");
  await settles("third", "Waiting", /topology "tpu-slices"/);

  await platform.api.mergePatch(path, { spec: { unschedulable: null } });
  await settles("third", "Running");
  expect(Object.values(await slicesOf("third"))).toEqual([nodes]);
});

test("a preempted gang comes back with a whole slice, and ends", async () => {
  const stack = sliceStack([...firstSlices, lateSlice, urgentSlice]);
  await platform.must("up", "--json", "--stack-file", platform.stackFile(stack));
  await settles("urgent", "Running");
  // The last to be admitted is the first to give way.
  await settles("third", "Waiting", /insufficient unused quota for google\.com\/tpu in flavor tpu, 8 more/);
  expect(await podsOf("third")).toEqual([]);
  const taken = await slicesOf("urgent");

  await removeJob(platform.api, "red", "urgent");
  await settles("third", "Running");
  expect(await slicesOf("third")).toEqual(taken);
  const annotations = { [simulationAnnotations.finishAfter]: "1ms" };
  for (const { metadata } of await podsOf("third")) {
    const path = `/api/v1/namespaces/red/pods/${metadata?.name}`;
    await platform.api.mergePatch(path, { metadata: { annotations } });
  }
  await settles("third", "Finished");
});
