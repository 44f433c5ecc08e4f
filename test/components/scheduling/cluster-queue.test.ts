import { expect, test } from "vitest";
import type { ProvisionedNodePool } from "../../../components/cluster/contract.ts";
import {
  clusterQueueName,
  clusterQueueSpec,
  coveredResources,
  type QueueQuota,
} from "../../../components/scheduling/cluster-queue.ts";

const pool: ProvisionedNodePool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  resourceName: "nvidia.com/gpu",
  nodes: 4,
  acceleratorsPerNode: 8,
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
  expect(clusterQueueSpec(queue, pool, false)).toEqual({
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
  const spec = clusterQueueSpec({ ...queue, lendingLimit: 0 }, pool, false);
  expect(spec.resourceGroups[0]?.flavors[0]?.resources).toEqual([
    { name: "cpu", nominalQuota: "382900m", borrowingLimit: "95725m", lendingLimit: "0" },
    { name: "memory", nominalQuota: "4191394Mi", borrowingLimit: "1047848Mi", lendingLimit: "0" },
    { name: "nvidia.com/gpu", nominalQuota: "16", borrowingLimit: "4", lendingLimit: "0" },
  ]);
});

test("the weight is stated only where sharing is fair", () => {
  expect(clusterQueueSpec(queue, pool, true).fairSharing).toEqual({ weight: "3" });
  expect("fairSharing" in clusterQueueSpec(queue, pool, false)).toBe(false);
});
