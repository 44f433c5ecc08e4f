import { expect, test } from "vitest";
import type { ProvisionedNodePool } from "../../../components/cluster/contract.ts";
import { poolDevices } from "../../../components/planning/sharing.ts";
import { cohortSpec } from "../../../components/scheduling/kueue-cohort.ts";

const size = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8 } as const;

function pool(name: string, resourceName = "nvidia.com/gpu"): ProvisionedNodePool {
  return {
    name,
    accelerator: "nvidia-h100-80gb-sxm",
    resourceName,
    sharing: { mode: "dedicated" },
    devices: poolDevices({ ...size, sharing: { mode: "dedicated" } }).map((device) => ({
      ...device,
      resourceName,
    })),
    nodes: 1,
    acceleratorsPerNode: 8,
    labels: {},
    taints: [],
    allocatable: { cpu: "80", memory: "800Mi", [resourceName]: "8" },
    resources: [],
  };
}

const node = { cohort: "lab", fairSharingWeight: 3, quotas: [] };

test("without a place in the tree a cohort says nothing", () => {
  expect(cohortSpec(undefined, [], true)).toEqual({});
});

test("the weight is stated only where sharing is fair, the parent where there is one", () => {
  expect(cohortSpec(node, [], false)).toEqual({});
  const placed = cohortSpec({ ...node, parent: "company" }, [], true);
  expect(placed).toEqual({ parentName: "company", fairSharing: { weight: "3" } });
});

test("all pools stand in one group, with nothing of what they have not", () => {
  const quotas = [
    { pool: "h100", accelerators: 4, borrowingLimit: 2, lendingLimit: 0 },
    { pool: "tpu", accelerators: 1 },
  ];
  const pools = [pool("h100"), pool("l40s"), pool("tpu", "google.com/tpu")];
  expect(cohortSpec({ ...node, quotas }, pools, false)).toEqual({
    resourceGroups: [
      {
        coveredResources: ["cpu", "memory", "nvidia.com/gpu", "google.com/tpu"],
        flavors: [
          {
            name: "h100",
            resources: [
              { name: "cpu", nominalQuota: "40", borrowingLimit: "20", lendingLimit: "0" },
              { name: "memory", nominalQuota: "400Mi", borrowingLimit: "200Mi", lendingLimit: "0" },
              { name: "nvidia.com/gpu", nominalQuota: "4", borrowingLimit: "2", lendingLimit: "0" },
              { name: "google.com/tpu", nominalQuota: "0", borrowingLimit: "0", lendingLimit: "0" },
            ],
          },
          {
            name: "tpu",
            resources: [
              { name: "cpu", nominalQuota: "10" },
              { name: "memory", nominalQuota: "100Mi" },
              { name: "nvidia.com/gpu", nominalQuota: "0" },
              { name: "google.com/tpu", nominalQuota: "1" },
            ],
          },
        ],
      },
    ],
  });
});
