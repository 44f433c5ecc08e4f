import { expect, test } from "vitest";
import {
  configMapNames,
  devicePluginConfigs,
  migConfig,
  nodeSelections,
  operatorValues,
} from "../../../components/gpu/operator-config.ts";
import type { SharedPool, Sharing } from "../../../components/planning/sharing.ts";

function pool(sharing: Sharing, accelerator: SharedPool["accelerator"] = "nvidia-h100-80gb-sxm"): SharedPool {
  return { accelerator, nodes: 3, acceleratorsPerNode: 8, sharing };
}

const dedicated = pool({ mode: "dedicated" });
const sliced = pool({ mode: "time-slicing", replicas: 4, rename: true });
const mps = pool({ mode: "mps", replicas: 3, rename: false });
const mig = pool({
  mode: "mig",
  layouts: [
    { nodes: 1, profiles: { "1g.10gb": 7 } },
    { nodes: 2, profiles: { "3g.40gb": 1, "1g.10gb": 4 } },
  ],
});
const smallMig = pool(
  { mode: "mig", layouts: [{ nodes: 3, profiles: { "1g.10gb": 4 } }] },
  "nvidia-a100-40gb",
);

test("a configuration of the device plugin for each way of sharing; two replicas are refused (F36)", () => {
  expect(devicePluginConfigs([dedicated, sliced, sliced, mps, mig])).toEqual({
    dedicated: { version: "v1", flags: { migStrategy: "single" } },
    "time-slicing-4": {
      version: "v1",
      flags: { migStrategy: "single" },
      sharing: {
        timeSlicing: {
          renameByDefault: true,
          failRequestsGreaterThanOne: true,
          resources: [{ name: "nvidia.com/gpu", replicas: 4 }],
        },
      },
    },
    "mps-3-not-renamed": {
      version: "v1",
      flags: { migStrategy: "single" },
      sharing: {
        mps: {
          renameByDefault: false,
          failRequestsGreaterThanOne: true,
          resources: [{ name: "nvidia.com/gpu", replicas: 3 }],
        },
      },
    },
    "mig-mixed": { version: "v1", flags: { migStrategy: "mixed" } },
  });
});

test("layouts by name; one of two GPUs says for which it holds", () => {
  const row = (filter: string, devices: object) => ({
    "device-filter": [filter],
    devices: "all",
    "mig-enabled": true,
    "mig-devices": devices,
  });
  expect(migConfig([dedicated, mig, smallMig, mig])).toEqual({
    version: "v1",
    "mig-configs": {
      "all-disabled": [{ devices: "all", "mig-enabled": false }],
      "all-1g.10gb": [row("0x233010DE", { "1g.10gb": 7 }), row("0x20B010DE", { "1g.10gb": 4 })],
      "custom-1g.10gb-4-3g.40gb-1": [row("0x233010DE", { "3g.40gb": 1, "1g.10gb": 4 })],
    },
  });
});

const config = { name: configMapNames.devicePlugin, create: false, default: "dedicated" };
const noMig = {
  enabled: false,
  config: { name: configMapNames.mig, create: false, default: "all-disabled" },
};

test.each([
  {
    case: "nothing shared",
    pools: [dedicated],
    want: { mig: { strategy: "single" }, devicePlugin: { enabled: true, config }, migManager: noMig },
  },
  {
    case: "MPS, with the directory that its daemon and the plugin share (F34)",
    pools: [dedicated, mps],
    want: {
      mig: { strategy: "single" },
      devicePlugin: { enabled: true, config, mps: { root: "/run/nvidia/mps" } },
      migManager: noMig,
    },
  },
  {
    case: "MIG, whose layouts only the MIG manager makes (F38)",
    pools: [sliced, mig],
    want: {
      mig: { strategy: "mixed" },
      devicePlugin: { enabled: true, config },
      migManager: { ...noMig, enabled: true },
    },
  },
])("values of the chart: $case", ({ pools, want }) => {
  expect(operatorValues(pools)).toEqual(want);
});

test("every configuration that a node asks for exists", () => {
  const pools = [dedicated, sliced, mps, mig, smallMig];
  const plugins = Object.keys(devicePluginConfigs(pools));
  const layouts = Object.keys(migConfig(pools)["mig-configs"]);
  const asked = pools.flatMap(nodeSelections).flatMap(({ labels }) => Object.entries(labels));
  const missing = asked.filter(
    ([key, value]) => !(key.endsWith("mig.config") ? layouts : plugins).includes(value),
  );
  expect(missing).toEqual([]);
});

test("labels of a pool's nodes, from the first on", () => {
  const plugin = "nvidia.com/device-plugin.config";
  expect(nodeSelections(dedicated)).toEqual([]);
  expect(nodeSelections(sliced)).toEqual([
    { firstNode: 0, nodes: 3, labels: { [plugin]: "time-slicing-4" } },
  ]);
  expect(nodeSelections(mig)).toEqual([
    { firstNode: 0, nodes: 1, labels: { [plugin]: "mig-mixed", "nvidia.com/mig.config": "all-1g.10gb" } },
    {
      firstNode: 1,
      nodes: 2,
      labels: { [plugin]: "mig-mixed", "nvidia.com/mig.config": "custom-1g.10gb-4-3g.40gb-1" },
    },
  ]);
});

test("pools of claims have nothing of the device plugin, which runs only where another pool wants it", () => {
  const claimed = pool({ mode: "dra", devices: "whole" });
  expect(Object.keys(devicePluginConfigs([claimed, dedicated]))).toEqual(["dedicated"]);
  expect(operatorValues([claimed]).devicePlugin.enabled).toBe(false);
  expect(operatorValues([claimed, dedicated]).devicePlugin.enabled).toBe(true);
  expect(nodeSelections(claimed)).toEqual([
    {
      firstNode: 0,
      nodes: 3,
      labels: {
        "nvidia.com/gpu.deploy.device-plugin": "false",
        "nvidia.com/gpu.deploy.mig-manager": "false",
      },
    },
  ]);
});
