import { expect, test } from "vitest";
import type { ProvisionedNodePool } from "../../../components/cluster/contract.ts";
import { poolDevices } from "../../../components/planning/sharing.ts";
import {
  clusterQueueName,
  clusterQueueSpec,
  coveredResources,
  type QueueQuota,
} from "../../../components/scheduling/cluster-queue.ts";
import { efa } from "../../support/network.ts";

const pool: ProvisionedNodePool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 4,
  acceleratorsPerNode: 8,
  sharing: { mode: "dedicated" },
  devices: poolDevices({
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 4,
    acceleratorsPerNode: 8,
    sharing: { mode: "dedicated" },
  }),
  resourceName: "nvidia.com/gpu",
  labels: { "plinth.dev/pool": "h100" },
  taints: [],
  allocatable: { cpu: "191450m", memory: "2095697Mi", "nvidia.com/gpu": "8" },
  resources: [],
};

const queue: QueueQuota = {
  team: "research",
  pool: "h100",
  cohort: "platform",
  accelerators: 16,
  borrowingLimit: 4,
  fairSharingWeight: 3,
};

const common = {
  cohortName: "platform",
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "research" } },
  queueingStrategy: "BestEffortFIFO",
  preemption: { reclaimWithinCohort: "Any", withinClusterQueue: "LowerPriority" },
};

test("named after its team and pool", () => {
  expect(clusterQueueName(queue)).toBe("research-h100");
});

test("a queue counts everything that its pods request (F42)", () => {
  expect(coveredResources(pool)).toEqual(["cpu", "memory", "nvidia.com/gpu"]);
});

test("CPU and memory follow the accelerators; nothing is said of lending, so all is lent", () => {
  expect(clusterQueueSpec(queue, [queue], pool, { fairSharing: false })).toEqual({
    ...common,
    resourceGroups: [
      {
        coveredResources: ["cpu", "memory", "nvidia.com/gpu"],
        flavors: [
          {
            name: "h100",
            resources: [
              { name: "cpu", nominalQuota: "382900m", borrowingLimit: "95725m" },
              { name: "memory", nominalQuota: "4191394Mi", borrowingLimit: "1047848Mi" },
              { name: "nvidia.com/gpu", nominalQuota: "16", borrowingLimit: "4" },
            ],
          },
        ],
      },
    ],
  });
});

test("a lending limit holds for every resource, zero included", () => {
  const spec = clusterQueueSpec(queue, [{ ...queue, lendingLimit: 0 }], pool, { fairSharing: false });
  expect(spec.resourceGroups[0]?.flavors[0]?.resources).toEqual([
    { name: "cpu", nominalQuota: "382900m", borrowingLimit: "95725m", lendingLimit: "0" },
    { name: "memory", nominalQuota: "4191394Mi", borrowingLimit: "1047848Mi", lendingLimit: "0" },
    { name: "nvidia.com/gpu", nominalQuota: "16", borrowingLimit: "4", lendingLimit: "0" },
  ]);
});

test("the weight is stated only where sharing is fair", () => {
  expect(clusterQueueSpec(queue, [queue], pool, { fairSharing: true }).fairSharing).toEqual({ weight: "3" });
  expect("fairSharing" in clusterQueueSpec(queue, [queue], pool, { fairSharing: false })).toBe(false);
});

test("quotas of two profiles are two resources of a flavor; the pool's others are covered with none", () => {
  const layouts = [{ nodes: 4, profiles: { "1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1 } }];
  const sharing = { mode: "mig", layouts } as const;
  const devices = poolDevices({ ...pool, sharing });
  const partitioned = { ...pool, sharing, devices, resourceName: "nvidia.com/mig-1g.10gb" };
  expect(coveredResources(partitioned)).toEqual([
    "cpu",
    "memory",
    "nvidia.com/mig-1g.10gb",
    "nvidia.com/mig-2g.20gb",
    "nvidia.com/mig-3g.40gb",
  ]);
  const quotas = [
    { ...queue, profile: "1g.10gb", accelerators: 14, borrowingLimit: 7 },
    { ...queue, profile: "3g.40gb", accelerators: 7, borrowingLimit: 0, lendingLimit: 0 },
  ];
  const { resourceGroups } = clusterQueueSpec(queue, quotas, partitioned, { fairSharing: false });
  // 14 x 1/56 and 7 x 3/56 of a node are 5/8 of it.
  expect(resourceGroups[0]?.flavors[0]?.resources).toEqual([
    { name: "cpu", nominalQuota: "119655m", borrowingLimit: "23931m", lendingLimit: "47862m" },
    { name: "memory", nominalQuota: "1309810Mi", borrowingLimit: "261962Mi", lendingLimit: "523924Mi" },
    { name: "nvidia.com/mig-1g.10gb", nominalQuota: "14", borrowingLimit: "7", lendingLimit: "14" },
    { name: "nvidia.com/mig-2g.20gb", nominalQuota: "0", borrowingLimit: "0", lendingLimit: "0" },
    { name: "nvidia.com/mig-3g.40gb", nominalQuota: "7", borrowingLimit: "0", lendingLimit: "0" },
  ]);
});

test.each([
  {
    case: "never",
    preemption: { withinQueue: "never", reclaim: "never" },
    want: { withinClusterQueue: "Never", reclaimWithinCohort: "Never" },
  },
  {
    case: "also the newer of equal priority; a borrower preempts lower priorities",
    preemption: {
      withinQueue: "lower-or-newer-equal-priority",
      reclaim: "lower-priority",
      borrowing: { policy: "lower-priority" },
    },
    want: {
      withinClusterQueue: "LowerOrNewerEqualPriority",
      reclaimWithinCohort: "LowerPriority",
      borrowWithinCohort: { policy: "LowerPriority" },
    },
  },
  {
    case: "a borrower preempts nothing above normal",
    preemption: {
      withinQueue: "lower-priority",
      reclaim: "any",
      borrowing: { policy: "lower-priority", highestPreempted: "normal" },
    },
    want: {
      withinClusterQueue: "LowerPriority",
      reclaimWithinCohort: "Any",
      borrowWithinCohort: { policy: "LowerPriority", maxPriorityThreshold: 500 },
    },
  },
] as const)("preemption: $case", ({ preemption, want }) => {
  expect(clusterQueueSpec(queue, [queue], pool, { fairSharing: false, preemption }).preemption).toEqual(want);
});

test("checks and the order by usage stand where they are asked for, and nowhere else", () => {
  const spec = clusterQueueSpec(queue, [queue], pool, {
    fairSharing: false,
    checks: ["multikueue"],
    byUsage: true,
  });
  expect(spec.admissionChecksStrategy).toEqual({ admissionChecks: [{ name: "multikueue" }] });
  expect(spec.admissionScope).toEqual({ admissionMode: "UsageBasedAdmissionFairSharing" });
  const plain = clusterQueueSpec(queue, [queue], pool, { fairSharing: false });
  expect(Object.keys(plain).filter((key) => key.startsWith("admission"))).toEqual([]);
});

test("the network between nodes is counted in proportion, so that no pod escapes with it (F42)", () => {
  const networked = { ...pool, fabric: efa };
  expect(coveredResources(networked)).toEqual([
    "cpu",
    "memory",
    "nvidia.com/gpu",
    "vpc.amazonaws.com/efa",
    "hugepages-2Mi",
  ]);
  const [group] = clusterQueueSpec(queue, [queue], networked, { fairSharing: false }).resourceGroups;
  expect(group?.flavors[0]?.resources.slice(3)).toEqual([
    { name: "vpc.amazonaws.com/efa", nominalQuota: "8", borrowingLimit: "2" },
    { name: "hugepages-2Mi", nominalQuota: "10Gi", borrowingLimit: "2560Mi" },
  ]);
});
