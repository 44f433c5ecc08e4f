/** What is free follows every object that comes, changes or goes. */
import { expect, test } from "vitest";
import { type DraDevices, deviceClasses, deviceClassObject } from "../../../components/catalogue/dra.ts";
import type { AcceleratorId } from "../../../components/catalogue/hardware.ts";
import { resourceSlices } from "../../../components/cluster/local-devices.ts";
import { type ClaimedPool, type ClaimRequest, podClaim } from "../../../components/planning/claims.ts";
import { claimTemplateManifest } from "../../../components/training/claim-template.ts";
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
    devices: [
      { name: "0", allowMultipleAllocations: true, capacity: { milli: { value: "1000" } } },
      { name: "1" },
    ],
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

function claiming(name: string, spec: SchedulablePod["spec"] = {}): SchedulablePod {
  const { metadata, spec: own } = pod("p", undefined, { cpu: "1" });
  return { metadata, spec: { ...own, ...spec, resourceClaims: [{ name: "gpu", resourceClaimName: name }] } };
}

test("what a pod asks for comes from its claim, once there is one", () => {
  const cluster = view();
  expect(cluster.requests(claiming("half"))("a")).toMatchObject({ gpus: 0, gpuMilli: 0, cpuMilli: 1000 });
  cluster.set("resourceclaims", claim("half", "0", "500"));
  expect(cluster.requests(claiming("half"))("a")).toMatchObject({ gpus: 1, gpuMilli: 500, cpuMilli: 1000 });
});

/** Nodes with the slices that the local cluster publishes, and the driver's classes. */
function published(pools: Record<string, ClaimedPool>): ClusterView {
  const cluster = new ClusterView();
  for (const [name, claimed] of Object.entries(pools)) {
    const labels = { "nvidia.com/gpu.product": claimed.accelerator, pool: name };
    cluster.set("nodes", { metadata: { name, labels }, status: { allocatable: { cpu: "96" } } });
    for (const made of resourceSlices(name, claimed)) cluster.set("resourceslices", made);
  }
  for (const one of Object.values(deviceClasses)) cluster.set("deviceclasses", deviceClassObject(one));
  return cluster;
}

function claimedPool(accelerator: AcceleratorId, devices: DraDevices, change = {}): ClaimedPool {
  return { accelerator, nodes: 1, acceleratorsPerNode: 2, sharing: { mode: "dra", devices }, ...change };
}

/** As the platform's jobs claim, and what the scheduler then writes. */
function ownClaim(name: string, of: ClaimedPool, wanted: Partial<ClaimRequest>, device?: [string, string]) {
  const podsClaim = podClaim(of, { acceleratorsPerNode: 1, ...wanted });
  if (!podsClaim) throw new Error("the pool has no such device");
  const template = { name, namespace: "team", labels: {}, pool: of, claim: podsClaim };
  const { requests } = claimTemplateManifest(template).spec.spec.devices;
  const consumed = requests[0]?.exactly.capacity?.requests;
  const consumedCapacity = consumed === undefined ? {} : { consumedCapacity: consumed };
  const result = (found: [string, string]) => ({
    ...{ driver: "gpu.nvidia.com", pool: found[0], device: found[1], ...consumedCapacity },
  });
  const status = device ? { status: { allocation: { devices: { results: [result(device)] } } } } : {};
  return { metadata: { namespace: "team", name }, spec: { devices: { requests } }, ...status };
}

const shared = {
  l4: claimedPool("nvidia-l4", "shares"),
  h100: claimedPool("nvidia-h100-80gb-sxm", "shares"),
};

test("a share of memory is more of a small accelerator than of a large one", () => {
  const cluster = published(shared);
  cluster.set("resourceclaims", ownClaim("mine", shared.l4, { gpuMemoryGiB: 10 }));
  const { l4, h100 } = shared;
  const onL4 = cluster.requests(claiming("mine"))("l4");
  // 10,240 of 23,034 MiB.
  expect([onL4.gpus, onL4.gpuMilli]).toEqual([1, 445]);
  cluster.set("resourceclaims", ownClaim("mine", h100, { gpuMemoryGiB: 10 }));
  expect(cluster.requests(claiming("mine"))("h100").gpuMilli).toBe(126);
  expect(cluster.freeNode("l4")?.gpuMilli).toEqual([1000, 1000]);
  cluster.set("resourceclaims", ownClaim("one", l4, { gpuMemoryGiB: 10 }, ["l4", "gpu-1"]));
  cluster.set("resourceclaims", ownClaim("two", l4, { gpuMemoryGiB: 5 }, ["l4", "gpu-1"]));
  expect([cluster.freeNode("l4")?.gpuMilli, cluster.freeNode("h100")?.gpuMilli]).toEqual([
    [1000, 333],
    [1000, 1000],
  ]);
});

const partitioned = claimedPool("nvidia-h100-80gb-sxm", "partitions");

test("partitions are parts of their accelerator, and free is what its counters still allow", () => {
  const cluster = published({ parts: partitioned });
  expect(cluster.freeNode("parts")?.gpuMilli).toEqual([1000, 1000]);
  const sizes = ["1g.10gb", "3g.40gb", "4g.40gb", "7g.80gb"].map((profile) => {
    cluster.set("resourceclaims", ownClaim("mine", partitioned, { profile }));
    return cluster.requests(claiming("mine"))("parts").gpuMilli;
  });
  expect(sizes).toEqual([118, 442, 473, 1000]);
  const at = (device: string): [string, string] => ["parts", device];
  const use = (name: string, profile: string, device: string) =>
    cluster.set("resourceclaims", ownClaim(name, partitioned, { profile }, at(device)));
  use("large", "4g.40gb", "gpu-1-mig-4g40gb-5-0");
  // One of 3g fits beside it, and no more.
  expect(cluster.freeNode("parts")?.gpuMilli).toEqual([1000, 442]);
  use("medium", "3g.40gb", "gpu-1-mig-3g40gb-9-4");
  expect(cluster.freeNode("parts")?.gpuMilli).toEqual([1000, 0]);
  use("whole", "7g.80gb", "gpu-0-mig-7g80gb-0-0");
  expect(cluster.freeNode("parts")?.gpuMilli).toEqual([0, 0]);
});

test("whole accelerators of a driver, and counters that are still to come", () => {
  const whole = claimedPool("nvidia-h100-80gb-sxm", "whole");
  const cluster = published({ cards: whole });
  cluster.set("resourceclaims", ownClaim("mine", whole, { acceleratorsPerNode: 2 }));
  expect(cluster.requests(claiming("mine"))("cards")).toMatchObject({ gpus: 2, gpuMilli: 1000 });
  const [counters, ...cards] = resourceSlices("cards", partitioned);
  cluster.replace("resourceslices", cards);
  expect(cluster.freeNode("cards")?.gpuMilli).toEqual([0, 0]);
  cluster.set("resourceslices", counters as ResourceSlice);
  expect(cluster.freeNode("cards")?.gpuMilli).toEqual([1000, 1000]);
});

test("a pod that selects a pool is for the models of its nodes", () => {
  const cluster = published(shared);
  cluster.set("resourceclaims", ownClaim("mine", shared.l4, { gpuMemoryGiB: 10 }));
  const models = (nodeSelector: Record<string, string>) =>
    cluster.requests(claiming("mine", { nodeSelector }))("l4").models;
  expect([models({ pool: "l4" }), models({})]).toEqual([["nvidia-l4"], []]);
});
