/** Shared accelerators: nodes as the GPU Operator would leave them, and jobs of teams on their slices. */
import type { V1ConfigMap, V1Node, V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";
import { changeSummary } from "../support/engine-output.ts";
import { recordEngineWrites } from "../support/engine-writes.ts";
import { lastAnswer, TestPlatform } from "../support/platform.ts";
import { firstJobs, laterJobs, sharedStack } from "../support/shared-stack.ts";
import { readStatus, toldStates } from "../support/told-states.ts";

const platform = new TestPlatform();

function stackFile(jobs: readonly object[]): string {
  return platform.stackFile(sharedStack(jobs));
}

beforeAll(async () => {
  await platform.must("up", "--json", "--stack-file", stackFile(firstJobs));
  await settles(Object.fromEntries(firstJobs.map(({ name, nodes }) => [name, `${nodes} of ${nodes} pods`])));
  await platform.must("up", "--json", "--stack-file", stackFile([...firstJobs, ...laterJobs]));
});
afterAll(() => platform.remove());

const status = () => readStatus(platform);

/** By job: how many of its pods run, or what is short of its device. */
async function states(): Promise<Record<string, string>> {
  return toldStates(await status(), /for nvidia\.com\/\S+ in flavor \S+, \d+ more needed/);
}

async function settles(want: Readonly<Record<string, string>>): Promise<void> {
  expect(await lastAnswer(states, want, 60_000)).toEqual(want);
}

const full = {
  sweep: "3 of 3 pods",
  tune: "3 of 3 pods",
  embed: "2 of 2 pods",
  scan: "16 of 16 pods",
  train: "3 of 3 pods",
  last: "1 of 1 pods",
};

test("teams run what fits their quotas of replicas and slices; the rest waits for its own kind", async () => {
  await settles({
    ...full,
    extra: "for nvidia.com/gpu.shared in flavor notebooks, 1 more needed",
    rerank: "for nvidia.com/gpu in flavor services, 1 more needed",
    score: "for nvidia.com/mig-1g.10gb in flavor slices, 1 more needed",
    probe: "for nvidia.com/mig-3g.40gb in flavor slices, 2 more needed",
  });
});

test("a cohort owns of pools whose devices are not the same", async () => {
  const { spec } = await platform.api.get<{
    spec: { resourceGroups: { coveredResources: string[]; flavors: { name: string }[] }[] };
  }>("/apis/kueue.x-k8s.io/v1beta2/cohorts/reserve");
  expect(
    spec.resourceGroups.map(({ coveredResources: covered, flavors }) => [
      ...covered,
      ...flavors.map(({ name }) => name),
    ]),
  ).toEqual([["cpu", "memory", "nvidia.com/gpu.shared", "nvidia.com/gpu", "notebooks", "services"]]);
});

test("status counts each kind of device", async () => {
  const { pools: counted, queues } = await status();
  const rows = counted.map(({ name, resource, nodes, total, used, free }) =>
    [name, resource, nodes, total, used, free].join(" "),
  );
  expect(rows).toEqual([
    "notebooks nvidia.com/gpu.shared 2 8 6 2",
    "services nvidia.com/gpu 1 3 2 1",
    "slices nvidia.com/mig-1g.10gb 3 22 16 6",
    "slices nvidia.com/mig-2g.20gb 2 4 0 4",
    "slices nvidia.com/mig-3g.40gb 2 4 4 0",
  ]);
  expect(
    queues.map(({ name, nominal, used, borrowed }) => [name, nominal, used, borrowed].join(" ")),
  ).toEqual([
    "blue-notebooks 4 0 0",
    "blue-services 3 2 0",
    "blue-slices 10 4 0",
    "red-notebooks 4 6 2",
    "red-slices 16 16 0",
  ]);
});

test("no node has more pods on a device than it offers of it", async () => {
  const pods = await platform.api.list<V1Pod>("/api/v1/pods");
  const held = pods.flatMap(({ spec }) =>
    Object.entries(spec?.containers[0]?.resources?.limits ?? {})
      .filter(([resource]) => resource.startsWith("nvidia.com/"))
      .map(([resource, amount]) => ({ node: spec?.nodeName ?? "", resource, amount: Number(amount) })),
  );
  expect(held.filter(({ amount }) => amount !== 1)).toEqual([]);
  for (const [key, group] of Map.groupBy(held, ({ node, resource }) => `${node} ${resource}`)) {
    const [name = "", resource = ""] = key.split(" ");
    const { status: own } = await platform.api.get<V1Node>(`/api/v1/nodes/${name}`);
    expect(group.length, key).toBeLessThanOrEqual(Number(own?.allocatable?.[resource]));
  }
  expect(held).toHaveLength(28);
});

const decided =
  /^nvidia\.com\/(device-plugin\.|mps\.|mig[-.]|gpu\.(product|count|replicas|sharing-strategy)$)/;

/** Labels that sharing decides, and what the node offers. */
async function node(name: string) {
  const { metadata, status: own } = await platform.api.get<V1Node>(`/api/v1/nodes/${name}`);
  const labels = Object.entries(metadata?.labels ?? {}).filter(([key]) => decided.test(key));
  return { labels: Object.fromEntries(labels), allocatable: own?.allocatable, capacity: own?.capacity };
}

test("nodes are labelled and sized as device plugin, GPU discovery and MIG manager would", async () => {
  expect(await node("notebooks-1")).toEqual({
    labels: {
      "nvidia.com/device-plugin.config": "time-slicing-4",
      "nvidia.com/gpu.count": "1",
      "nvidia.com/gpu.product": "NVIDIA-L4",
      "nvidia.com/gpu.replicas": "4",
      "nvidia.com/gpu.sharing-strategy": "time-slicing",
      "nvidia.com/mig.capable": "false",
      "nvidia.com/mig.strategy": "single",
      "nvidia.com/mps.capable": "false",
    },
    allocatable: { cpu: "15890m", memory: "62607Mi", "nvidia.com/gpu.shared": "4", pods: "234" },
    capacity: { cpu: "16", memory: "64Gi", "nvidia.com/gpu.shared": "4", pods: "234" },
  });
  expect(await node("services-0")).toEqual({
    labels: {
      "nvidia.com/device-plugin.config": "mps-3-not-renamed",
      "nvidia.com/gpu.count": "1",
      "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB-SHARED",
      "nvidia.com/gpu.replicas": "3",
      "nvidia.com/gpu.sharing-strategy": "mps",
      "nvidia.com/mig.capable": "true",
      "nvidia.com/mig.config": "all-disabled",
      "nvidia.com/mig.config.state": "success",
      "nvidia.com/mig.strategy": "single",
      "nvidia.com/mps.capable": "true",
    },
    allocatable: { cpu: "11900m", memory: "85475Mi", "nvidia.com/gpu": "3", pods: "110" },
    capacity: { cpu: "12", memory: "85Gi", "nvidia.com/gpu": "3", pods: "110" },
  });
});

/** Labels of one kind of slice of an H100. */
function group(profile: string, count: number, slices: number, memory: number, multiprocessors: number) {
  const engines = { copy: slices, decoder: slices, encoder: 0, jpeg: slices, ofa: 0 };
  const values = {
    count,
    ...Object.fromEntries(Object.entries(engines).map(([name, amount]) => [`engines.${name}`, amount])),
    memory,
    multiprocessors,
    product: `NVIDIA-H100-80GB-HBM3-MIG-${profile}`,
    replicas: 1,
    "sharing-strategy": "none",
    "slices.ci": slices,
    "slices.gi": slices,
  };
  const named = Object.entries(values).map(([key, value]) => [
    `nvidia.com/mig-${profile}.${key}`,
    String(value),
  ]);
  return Object.fromEntries(named);
}

const partitioned = {
  "nvidia.com/device-plugin.config": "mig-mixed",
  "nvidia.com/gpu.count": "2",
  "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
  "nvidia.com/gpu.replicas": "0",
  "nvidia.com/gpu.sharing-strategy": "none",
  "nvidia.com/mig.capable": "true",
  "nvidia.com/mig.config.state": "success",
  "nvidia.com/mig.strategy": "mixed",
  "nvidia.com/mps.capable": "false",
};

test("the two layouts of a partitioned pool", async () => {
  const [slices0, slices2] = [await node("slices-0"), await node("slices-2")];
  expect(slices0.labels).toEqual({
    ...partitioned,
    "nvidia.com/mig.config": "all-1g.10gb",
    ...group("1g.10gb", 14, 1, 9984, 16),
  });
  const size = { cpu: "51800m", memory: "477667Mi", pods: "110" };
  expect(slices0.allocatable).toEqual({ ...size, "nvidia.com/mig-1g.10gb": "14" });
  expect(slices2.labels).toEqual({
    ...partitioned,
    "nvidia.com/mig.config": "all-balanced",
    ...group("1g.10gb", 4, 1, 9984, 16),
    ...group("2g.20gb", 2, 2, 20_096, 32),
    ...group("3g.40gb", 2, 3, 40_448, 60),
  });
  expect(slices2.allocatable).toEqual({
    ...size,
    "nvidia.com/mig-1g.10gb": "4",
    "nvidia.com/mig-2g.20gb": "2",
    "nvidia.com/mig-3g.40gb": "2",
  });
});

test("the GPU Operator would find the configurations that the nodes name", async () => {
  const maps = await platform.api.list<V1ConfigMap>("/api/v1/namespaces/gpu-operator/configmaps");
  const data = (name: string) => maps.find(({ metadata }) => metadata?.name === name)?.data ?? {};
  expect(Object.keys(data("plinth-device-plugin")).sort()).toEqual([
    "dedicated",
    "mig-mixed",
    "mps-3-not-renamed",
    "time-slicing-4",
  ]);
  const layouts = parse(data("plinth-mig")["config.yaml"] ?? "")["mig-configs"];
  expect(Object.keys(layouts)).toEqual(["all-disabled", "all-1g.10gb", "all-balanced"]);
});

test("a second up changes nothing", async () => {
  const writes = recordEngineWrites(platform.state);
  const { stdout } = await platform.must("up", "--stack-file", stackFile([...firstJobs, ...laterJobs]));
  expect(changeSummary(stdout)).toEqual([expect.stringMatching(/^\d+ unchanged$/)]);
  expect(writes()).toEqual([]);
});

test("a slice that becomes free goes to who waits for it", async () => {
  const pods = await platform.api.list<V1Pod>("/api/v1/namespaces/red/pods?labelSelector=job-name%3Dscan");
  const annotations = { [simulationAnnotations.finishAfter]: "1ms" };
  for (const { metadata } of pods) {
    await platform.api.mergePatch(`/api/v1/namespaces/red/pods/${metadata?.name}`, {
      metadata: { annotations },
    });
  }
  await settles({
    ...full,
    scan: "Finished: Reached expected number of succeeded pods",
    extra: "for nvidia.com/gpu.shared in flavor notebooks, 1 more needed",
    rerank: "for nvidia.com/gpu in flavor services, 1 more needed",
    score: "7 of 7 pods",
    probe: "for nvidia.com/mig-3g.40gb in flavor slices, 2 more needed",
  });
});
