import { expect, test } from "vitest";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { poolTaints } from "../../../components/cluster/gcp-node-pool.ts";
import { NodePool } from "../../../components/cluster/node-pool.ts";
import { makeGcpPool, makeTpuPool, readGcpPool, type WrittenGcpPool } from "../../support/gcp-pools.ts";
import { makeGcpCluster, nodePoolType, ofType } from "../../support/gcp-stack.ts";
import { type Registration, record } from "../../support/record.ts";

async function build(pool: WrittenGcpPool, spoil: object = {}): Promise<Registration[]> {
  const resources = await record(() => {
    const cluster = gcpCluster("ai", { ...makeGcpCluster(), ...spoil });
    const { name, ...args } = pool;
    new NodePool(name, { cluster, ...args });
  });
  return ofType(resources, nodePoolType);
}

async function first(changes: Partial<WrittenGcpPool> = {}, spoil: object = {}) {
  const pools = await build(makeGcpPool(changes), spoil);
  const pool = pools.find(({ name }) => name !== "ai-system");
  if (!pool) throw new Error("there is a pool");
  return { ...pool, nodeConfig: pool.inputs.nodeConfig as Record<string, unknown> };
}

const one: Partial<WrittenGcpPool> = { zones: ["us-central1-a"] };
const hardening = {
  imageType: "COS_CONTAINERD",
  workloadMetadataConfig: { mode: "GKE_METADATA" },
  shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
  metadata: { "disable-legacy-endpoints": "true" },
  bootDiskKmsKey: "ai-disks-id",
};

test("nodes of the system scale in every zone, and carry no GPUs", async () => {
  const pools = await build(makeGcpPool());
  const system = pools.find(({ name }) => name === "ai-system");
  expect(system?.inputs).toMatchObject({
    nodeLocations: ["us-central1-a", "us-central1-b"],
    autoscaling: { minNodeCount: 1, maxNodeCount: 3 },
    management: { autoRepair: true, autoUpgrade: true },
    upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
    networkConfig: { enablePrivateNodes: true },
    nodeConfig: { ...hardening, machineType: "e2-standard-8", labels: { "plinth.dev/system": "true" } },
  });
  expect(JSON.stringify(system?.inputs)).not.toContain("guestAccelerators");
});

test("a pool of its machine, its zone and its taint, which drains before it goes", async () => {
  const pool = await first();
  expect(pool.inputs).toMatchObject({
    name: pool.name,
    location: "us-central1",
    nodeLocations: ["us-central1-a"],
    nodeCount: 2,
    upgradeSettings: { strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 },
    networkConfig: { enablePrivateNodes: true },
    nodeDrainConfigs: [{ respectPdbDuringNodePoolDeletion: true }],
    nodeConfig: {
      ...hardening,
      machineType: "a3-highgpu-8g",
      bootDisk: { diskType: "pd-balanced", sizeGb: 200 },
      labels: { "plinth.dev/pool": "h100" },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
      guestAccelerators: [
        {
          type: "nvidia-h100-80gb",
          count: 8,
          gpuDriverInstallationConfig: { gpuDriverVersion: "DEFAULT" },
        },
      ],
      ephemeralStorageLocalSsdConfig: { localSsdCount: 16 },
      reservationAffinity: { consumeReservationType: "NO_RESERVATION" },
    },
  });
  expect(pool.inputs.autoscaling).toBe(undefined);
  expect(pool.deleteBeforeReplace).toBe(false);
});

test("a pool that scales states no count, so that nothing of the autoscaler's is undone (F128)", async () => {
  const pool = await first({ minNodes: 0 });
  expect(pool.inputs).toMatchObject({
    autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 2, locationPolicy: "BALANCED" },
    ignoreNodeCountChanges: true,
  });
  expect(pool.inputs.nodeCount).toBe(undefined);
  expect(pool.inputs.initialNodeCount).toBe(undefined);
});

test("one owner of driver and device plugin in each profile (F21, F27)", async () => {
  const managed = await first({ driver: "LATEST" });
  expect(managed.nodeConfig.labels).toEqual({ "plinth.dev/pool": "h100" });
  expect(managed.nodeConfig.guestAccelerators).toMatchObject([
    { gpuDriverInstallationConfig: { gpuDriverVersion: "LATEST" } },
  ]);
  const operator = await first({}, { gpuProfile: "operator" });
  expect(operator.nodeConfig.labels).toEqual({
    "plinth.dev/pool": "h100",
    "gke-no-default-nvidia-gpu-device-plugin": "true",
    "nvidia.com/gpu.deploy.driver": "false",
  });
  expect(operator.nodeConfig.guestAccelerators).toMatchObject([
    { gpuDriverInstallationConfig: { gpuDriverVersion: "INSTALLATION_DISABLED" } },
  ]);
});

test("sharing is Google's own in one profile, and the operator's in the other", async () => {
  const layouts = [{ nodes: 4, profiles: { "1g.10gb": 7 } }];
  const replicas: Partial<WrittenGcpPool> = { sharing: { mode: "time-slicing", replicas: 4, rename: false } };
  const turns = await first(replicas);
  const parts = await first({ sharing: { mode: "mig", layouts } });
  const labelled = await first({ sharing: { mode: "mig", layouts } }, { gpuProfile: "operator" });
  expect(turns.nodeConfig.guestAccelerators).toMatchObject([
    { gpuSharingConfig: { gpuSharingStrategy: "TIME_SHARING", maxSharedClientsPerGpu: 4 } },
  ]);
  expect(parts.nodeConfig.guestAccelerators).toMatchObject([{ gpuPartitionSize: "1g.10gb" }]);
  expect(labelled.nodeConfig.labels).toMatchObject({ "nvidia.com/device-plugin.config": "mig-mixed" });
  expect(JSON.stringify(labelled.inputs)).not.toContain("gpuPartitionSize");
});

test.each<{ case: string; capacity: WrittenGcpPool["capacity"]; nodeConfig: object; inputs: object }>([
  {
    case: "spot",
    capacity: { type: "spot" },
    nodeConfig: { spot: true, reservationAffinity: { consumeReservationType: "NO_RESERVATION" } },
    inputs: { management: { autoRepair: true, autoUpgrade: true } },
  },
  {
    case: "a reservation of another project",
    capacity: { type: "reservation", reservation: "h100s", project: "acme-capacity", block: "block-1" },
    nodeConfig: {
      reservationAffinity: {
        consumeReservationType: "SPECIFIC_RESERVATION",
        key: "compute.googleapis.com/reservation-name",
        values: ["projects/acme-capacity/reservations/h100s/reservationBlocks/block-1"],
      },
    },
    inputs: { nodeCount: 4 },
  },
  {
    case: "flex-start, queued",
    capacity: { type: "flex-start", maxRunHours: 24 },
    nodeConfig: {
      flexStart: true,
      maxRunDuration: "86400s",
      labels: { "plinth.dev/pool": "h100", "cloud.google.com/gke-queued": "true" },
    },
    inputs: {
      queuedProvisioning: { enabled: true },
      management: { autoRepair: false, autoUpgrade: true },
      autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 4, locationPolicy: "ANY" },
    },
  },
  {
    case: "flex-start by itself",
    capacity: { type: "flex-start", maxRunHours: 1, queued: false },
    nodeConfig: { flexStart: true, maxRunDuration: "3600s" },
    inputs: { management: { autoRepair: false, autoUpgrade: true } },
  },
])("$case", async ({ capacity, nodeConfig, inputs }) => {
  const pool = await first({ ...one, capacity });
  expect(pool.nodeConfig).toMatchObject(nodeConfig);
  expect(pool.inputs).toMatchObject(inputs);
  if (capacity?.type === "flex-start") expect(pool.inputs.upgradeSettings).toBe(undefined);
});

test("a pool of reserved machines is given up by nobody but who says so (F106)", async () => {
  const reserved = await first({ ...one, capacity: { type: "reservation", reservation: "h100s" } });
  const bought = await first(one);
  expect([reserved.protect, bought.protect]).toEqual([true, false]);
});

test("nodes of a compact pool are together, and accelerators may have networks of their own", async () => {
  const pool = await first({ ...one, machine: "a3-megagpu-8g", compact: true, network: "high-speed" });
  expect(pool.inputs).toMatchObject({
    placementPolicy: { type: "COMPACT" },
    networkConfig: { enablePrivateNodes: true, acceleratorNetworkProfile: "auto" },
  });
  const driver = { "cloud.google.com/gke-networking-dra-driver": "true" };
  expect(pool.nodeConfig).toMatchObject({ labels: driver });
  expect((await first(one)).nodeConfig).not.toMatchObject({ labels: driver });
});

test("a compact pool of a reservation is placed by the policy that this was made with", async () => {
  const capacity = { type: "reservation", reservation: "h100s", placementPolicy: "near" } as const;
  const pool = await first({ ...one, compact: true, capacity });
  expect(pool.inputs.placementPolicy).toEqual({ type: "COMPACT", policyName: "near" });
});

test("each slice of several hosts is a pool of its topology; slices of one host need none", async () => {
  const slices = (await build(makeTpuPool())).filter(({ name }) => name !== "ai-system");
  expect(slices.map(({ inputs }) => [inputs.nodeCount, inputs.placementPolicy])).toEqual([
    [4, { type: "COMPACT", tpuTopology: "4x4" }],
    [4, { type: "COMPACT", tpuTopology: "4x4" }],
  ]);
  expect(slices[0]?.inputs.nodeConfig).toMatchObject({
    machineType: "ct5lp-hightpu-4t",
    taints: [{ key: "google.com/tpu", value: "present", effect: "NO_SCHEDULE" }],
  });
  expect(JSON.stringify(slices[0]?.inputs)).not.toContain("guestAccelerators");
  const single = await build(makeTpuPool({ machine: "ct5lp-hightpu-8t", sliceTopology: "2x4", nodes: 2 }));
  const [host] = single.filter(({ name }) => name !== "ai-system");
  expect([host?.inputs.nodeCount, host?.inputs.placementPolicy]).toEqual([2, undefined]);
});

test("pods of a queued pool tolerate what GKE adds to it", () => {
  const queued = readGcpPool(makeGcpPool({ capacity: { type: "flex-start", maxRunHours: 24 } }));
  expect(poolTaints(queued)).toEqual([
    { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
    { key: "cloud.google.com/gke-queued", value: "true", effect: "NoSchedule" },
  ]);
});
