import { expect, test } from "vitest";
import { NodePool } from "../../../components/index.ts";
import { makeCluster } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

const h100 = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 1 } as const;

test("two pools of claims share the driver's classes, which belong to neither", async () => {
  const resources = await record(() => {
    const cluster = makeCluster();
    for (const devices of ["whole", "partitions"] as const) {
      new NodePool(devices, { cluster, ...h100, sharing: { mode: "dra", devices } });
    }
  });
  const classes = resources.filter(({ type }) => type.endsWith(":DeviceClass"));
  expect(classes.map(({ name, parent, provider }) => [name, parent, provider])).toEqual([
    ["gpu.nvidia.com", "", "local"],
    ["mig.nvidia.com", "", "local"],
  ]);
});

test("a cluster without such a pool has none", async () => {
  const resources = await record(() => {
    new NodePool("plain", { cluster: makeCluster(), ...h100 });
  });
  expect(resources.filter(({ type }) => /DeviceClass|ResourceSlice/.test(type))).toEqual([]);
});
