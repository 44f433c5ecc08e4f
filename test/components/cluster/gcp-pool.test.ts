import { expect, test } from "vitest";
import { flexStart, gkeLabels } from "../../../components/catalogue/gke.ts";
import { gcpAbilities, gcpPool, poolMachine } from "../../../components/cluster/gcp-pool.ts";
import { makeGcpPool, readGcpPool } from "../../support/gcp-pools.ts";

test("accelerators follow from the machine, and the rest has defaults", () => {
  expect(readGcpPool(makeGcpPool())).toEqual({
    name: "h100",
    machine: "a3-highgpu-8g",
    accelerator: "nvidia-h100-80gb-sxm",
    acceleratorsPerNode: 8,
    nodes: 4,
    minNodes: 4,
    zones: ["us-central1-a", "us-central1-b"],
    capacity: { type: "on-demand" },
    sharing: { mode: "dedicated" },
    compact: false,
    network: "standard",
    driver: "DEFAULT",
    diskGiB: 200,
    generation: 1,
    maxPods: 110,
  });
});

test("machines on demand begin with none", () => {
  const capacity = { type: "flex-start", maxRunHours: flexStart.mostHours } as const;
  const pool = readGcpPool(makeGcpPool({ capacity }));
  expect([pool.minNodes, pool.capacity]).toEqual([0, { ...capacity, queued: true }]);
});

test.each([
  { case: "parts of a GPU", machine: "g4-standard-6" },
  { case: "an accelerator whose nodes nobody has seen", machine: "a4x-highgpu-4g" },
  { case: "a machine of another cloud", machine: "p5.48xlarge" },
])("$case: no machine of a pool", ({ machine }) => {
  const result = gcpPool.safeParse({ ...makeGcpPool(), machine });
  expect(result.error?.issues.map(({ path }) => path)).toEqual([["machine"]]);
});

test("a mistyped field is told with the one that was meant", () => {
  expect(() => readGcpPool({ ...makeGcpPool(), node: 4 } as never)).toThrow("did you mean nodes?");
});

test("what a cluster can do is known before it exists", () => {
  expect(gcpAbilities().provisioningClasses).toEqual([gkeLabels.provisioningClass]);
  expect(gcpAbilities().charts).toContain("kueue");
  expect(poolMachine("g2-standard-96").accelerators).toBe(8);
});
