import { expect, test } from "vitest";
import { NodePool } from "../../../components/cluster/node-pool.ts";
import { makeCluster } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

test("a pool is a component whose nodes are its children", async () => {
  let accelerators = 0;
  const resources = await record(() => {
    const cluster = makeCluster();
    const pool = new NodePool("h100", {
      cluster,
      accelerator: "nvidia-h100-80gb-sxm",
      nodes: 2,
      acceleratorsPerNode: 8,
    });
    accelerators = pool.accelerators;
  });
  expect(accelerators).toBe(16);
  expect(resources.map(({ type, name, parent, provider }) => [type, name, parent, provider])).toEqual([
    ["kubernetes:core/v1:Node", "h100-0", "plinth:cluster:NodePool h100", "local"],
    ["kubernetes:core/v1:Node", "h100-1", "plinth:cluster:NodePool h100", "local"],
    ["plinth:cluster:NodePool", "h100", "", ""],
    ["pulumi:providers:kubernetes", "local", "", ""],
  ]);
});

test("sharing that the accelerator cannot have is refused (F38)", async () => {
  await record(() => {
    const cluster = makeCluster();
    const layouts = [{ nodes: 1, profiles: { "1g.10gb": 7 } }];
    const pool = { cluster, accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 1 } as const;
    expect(() => new NodePool("l4", { ...pool, sharing: { mode: "mig", layouts } })).toThrow(
      '"mig" for nvidia-l4',
    );
    // One mode, so one owner of the layout: a second one is no field of it.
    const both = { mode: "mig", layouts, replicas: 4 } as { mode: "mig"; layouts: typeof layouts };
    expect(() => new NodePool("l4", { ...pool, sharing: both })).toThrow("an unknown field, replicas");
  });
});

test("a profile that the cluster's scheduler does not have is refused", async () => {
  await record(() => {
    const pool = { accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 1 } as const;
    const sharing = { mode: "dra", schedulerProfile: "waste" } as const;
    const make = (schedulers: string[]) =>
      new NodePool("l4", { cluster: makeCluster(schedulers), ...pool, sharing });
    expect(() => make(["default-scheduler", "plinth-packing"])).toThrow(
      "spread, packing: how the schedulers of this cluster place pods",
    );
    expect(make(["plinth-packing", "plinth-waste"]).accelerators).toBe(1);
  });
});

test("a mistake is told before anything is registered", async () => {
  const resources = await record(() => {
    const cluster = makeCluster();
    expect(
      () =>
        new NodePool("H100", {
          cluster,
          accelerator: "nvidia-h100-80gb-sxm",
          nodes: 0,
          acceleratorsPerNode: 8,
        }),
    ).toThrow(/^NodePool "H100": 2 problems in the configuration\n\n {2}name\n[\s\S]*\n {2}nodes\n/);
  });
  expect(resources.map(({ name }) => name)).toEqual(["local"]);
});
