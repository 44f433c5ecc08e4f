import { expect, test } from "vitest";
import { NodePool } from "../../../components/index.ts";
import { makeCluster } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

const h100 = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 1 } as const;

test("two pools of one runtime share its class, which belongs to neither; pods wait for it", async () => {
  let waited: readonly unknown[] = [];
  const resources = await record(() => {
    const cluster = makeCluster();
    for (const name of ["one", "two"]) {
      const { provisioned } = new NodePool(name, { cluster, ...h100, runtimeClass: "nvidia" });
      expect(provisioned.runtimeClass).toBe("nvidia");
      waited = provisioned.resources;
    }
  });
  const classes = resources.filter(({ type }) => type.endsWith(":RuntimeClass"));
  expect(classes.map(({ name, parent, provider, inputs }) => [name, parent, provider, inputs])).toEqual([
    [
      "runtime-nvidia",
      "",
      "local",
      {
        apiVersion: "node.k8s.io/v1",
        kind: "RuntimeClass",
        metadata: { name: "nvidia" },
        handler: "nvidia",
      },
    ],
  ]);
  expect(waited.length).toBe(2);
});

test("a cluster whose pools name none has none", async () => {
  const resources = await record(() => {
    new NodePool("plain", { cluster: makeCluster(), ...h100 });
  });
  expect(resources.filter(({ type }) => type.endsWith(":RuntimeClass"))).toEqual([]);
});
