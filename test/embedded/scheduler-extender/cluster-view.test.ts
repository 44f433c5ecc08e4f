/** What is free follows every object that comes, changes or goes. */
import { expect, test } from "vitest";
import { ClusterView } from "../../../embedded/scheduler-extender/cluster-view.ts";
import type {
  NodeObject,
  ResourceClaim,
  ResourceSlice,
  SchedulablePod,
} from "../../../embedded/scheduler-extender/kube-objects.ts";

const node: NodeObject = {
  metadata: { name: "a", labels: { "nvidia.com/gpu.product": "T4" } },
  status: { allocatable: { cpu: "16", memory: "64Gi", pods: "110" } },
};
const slice: ResourceSlice = {
  metadata: { name: "a-gpus" },
  spec: {
    driver: "gpu",
    nodeName: "a",
    pool: { name: "a" },
    devices: [{ name: "0", capacity: { milli: { value: "1000" } } }, { name: "1" }],
  },
};

function pod(name: string, nodeName: string | undefined, requests: Record<string, string>): SchedulablePod {
  const placed = nodeName === undefined ? {} : { nodeName };
  return {
    metadata: { namespace: "team", name },
    spec: { ...placed, containers: [{ resources: { requests } }] },
  };
}

function claim(name: string, device: string, milli?: string): ResourceClaim {
  const consumed = milli === undefined ? {} : { consumedCapacity: { milli } };
  return {
    metadata: { namespace: "team", name },
    spec: {
      devices: { requests: [{ exactly: { count: 1, capacity: { requests: { milli: milli ?? "1000" } } } }] },
    },
    status: { allocation: { devices: { results: [{ driver: "gpu", pool: "a", device, ...consumed }] } } },
  };
}

function view(): ClusterView {
  const made = new ClusterView();
  made.set("nodes", node);
  made.set("resourceslices", slice);
  return made;
}

test("an unused node", () => {
  expect(view().freeNode("a")).toEqual({
    model: "T4",
    cpuMilli: 16_000,
    memoryMiB: 65_536,
    gpuMilli: [1000, 1000],
  });
  expect(view().freeNode("b")).toBeUndefined();
});

test("pods take CPU and memory until they end or go", () => {
  const cluster = view();
  const placed = pod("p", "a", { cpu: "4", memory: "1Gi" });
  cluster.set("pods", placed);
  cluster.set("pods", pod("waiting", undefined, { cpu: "4" }));
  expect(cluster.freeNode("a")).toMatchObject({ cpuMilli: 12_000, memoryMiB: 64_512 });
  cluster.set("pods", { ...placed, status: { phase: "Succeeded" } });
  expect(cluster.freeNode("a")).toMatchObject({ cpuMilli: 16_000 });
  cluster.set("pods", placed);
  cluster.remove("pods", placed);
  expect(cluster.freeNode("a")).toMatchObject({ cpuMilli: 16_000 });
});

test("claims take parts of a device, or all of one that is not shared", () => {
  const cluster = view();
  const half = claim("half", "0", "500");
  cluster.set("resourceclaims", half);
  cluster.set("resourceclaims", claim("third", "0", "300"));
  cluster.set("resourceclaims", claim("whole", "1"));
  expect(cluster.freeNode("a")?.gpuMilli).toEqual([200, 0]);
  cluster.set("resourceclaims", { ...half, status: {} });
  expect(cluster.freeNode("a")?.gpuMilli).toEqual([700, 0]);
});

test("accelerators of a device plugin are whole ones", () => {
  const cluster = new ClusterView();
  cluster.set("nodes", { ...node, status: { allocatable: { cpu: "8", "nvidia.com/gpu": "4" } } });
  cluster.set("pods", pod("p", "a", { "nvidia.com/gpu": "3" }));
  expect(cluster.freeNode("a")?.gpuMilli).toEqual([0, 0, 0, 1000]);
});

test("a list replaces what was known", () => {
  const cluster = view();
  cluster.set("pods", pod("gone", "a", { cpu: "4" }));
  cluster.replace("pods", [pod("new", "a", { cpu: "1" })]);
  expect(cluster.freeNode("a")?.cpuMilli).toBe(15_000);
  cluster.replace("nodes", []);
  expect(cluster.freeNode("a")).toBeUndefined();
});

test("a node that has not changed stays the same object", () => {
  const cluster = view();
  const before = cluster.freeNode("a");
  expect(cluster.freeNode("a")).toBe(before);
  cluster.set("resourceslices", { ...slice, spec: { ...slice.spec, devices: [] } });
  expect(cluster.freeNode("a")?.gpuMilli).toEqual([]);
});

test("what a pod asks for comes from its claim", () => {
  const cluster = view();
  cluster.set("resourceclaims", claim("half", "0", "500"));
  const { metadata, spec } = pod("p", undefined, { cpu: "1" });
  const claiming = {
    metadata,
    spec: { ...spec, resourceClaims: [{ name: "gpu", resourceClaimName: "half" }] },
  };
  expect(cluster.request(claiming)).toMatchObject({ gpus: 1, gpuMilli: 500, cpuMilli: 1000 });
});
