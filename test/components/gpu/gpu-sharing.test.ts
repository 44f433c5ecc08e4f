import { expect, test } from "vitest";
import { parse } from "yaml";
import { GpuSharing, NodePool } from "../../../components/index.ts";
import { makeCluster } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

const parent = "plinth:gpu:GpuSharing sharing";

function pools(cluster: ReturnType<typeof makeCluster>) {
  const h100 = { cluster, accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 } as const;
  const whole = new NodePool("whole", h100);
  const layouts = [{ nodes: 2, profiles: { "1g.10gb": 7 } }];
  const slices = new NodePool("slices", { ...h100, sharing: { mode: "mig", layouts } });
  return [whole.provisioned, slices.provisioned];
}

test("a namespace for the operator, and in it what its programs read", async () => {
  let sharing: GpuSharing | undefined;
  const resources = await record(() => {
    const cluster = makeCluster();
    sharing = new GpuSharing("sharing", { cluster, pools: pools(cluster) });
  });
  const own = resources.filter((resource) => resource.parent === parent);
  expect(own.map(({ type, name, dependsOn, provider }) => [type, name, dependsOn, provider])).toEqual([
    ["kubernetes:core/v1:ConfigMap", "sharing-plinth-device-plugin", ["gpu-operator"], "local"],
    ["kubernetes:core/v1:ConfigMap", "sharing-plinth-mig", ["gpu-operator"], "local"],
    ["kubernetes:core/v1:Namespace", "gpu-operator", [], "local"],
  ]);
  expect(own[0]?.inputs.metadata).toEqual({ name: "plinth-device-plugin", namespace: "gpu-operator" });
  const data = own.map(({ inputs }) => (inputs.data ?? {}) as Record<string, string>);
  expect(Object.keys(data[0] ?? {})).toEqual(["dedicated", "mig-mixed"]);
  expect(parse(data[0]?.["mig-mixed"] ?? "")).toEqual({ version: "v1", flags: { migStrategy: "mixed" } });
  expect(Object.keys(parse(data[1]?.["config.yaml"] ?? "")["mig-configs"])).toEqual([
    "all-disabled",
    "all-1g.10gb",
  ]);
  expect(sharing?.operatorValues.migManager.enabled).toBe(true);
  expect(sharing?.nodeLabels).toEqual({
    whole: [],
    slices: [
      {
        firstNode: 0,
        nodes: 2,
        labels: {
          "nvidia.com/device-plugin.config": "mig-mixed",
          "nvidia.com/mig.config": "all-1g.10gb",
        },
      },
    ],
  });
});

test("pools of any adapter are checked, before anything is registered", async () => {
  const resources = await record(() => {
    const cluster = makeCluster();
    const [pool] = pools(cluster);
    if (!pool) throw new Error("there is a pool");
    const layouts = [{ nodes: 2, profiles: { "4g.40gb": 2 } }];
    const broken = { ...pool, sharing: { mode: "mig", layouts } } as const;
    expect(() => new GpuSharing("sharing", { cluster, pools: [broken] })).toThrow(
      "pools.whole.sharing.layouts[0].profiles",
    );
  });
  expect(resources.filter(({ type }) => type.includes("GpuSharing"))).toEqual([]);
});
