import { expect, test } from "vitest";
import { distributions } from "../../../components/catalogue/distributions.ts";
import { eksGpuImages } from "../../../components/catalogue/node-images.ts";
import {
  chartValues,
  type OperatorPool,
  type OperatorSettings,
  operatorChartValues,
} from "../../../components/gpu/operator-values.ts";

const settings: OperatorSettings = {
  driver: { version: "595.91.07", usePrecompiled: false, kernelModuleType: "auto" },
  serviceMonitor: { enabled: false, labels: {} },
};

const bare: OperatorPool = {
  name: "bare",
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 2,
  acceleratorsPerNode: 8,
  sharing: { mode: "dedicated" },
  taints: [{ key: "example.org/gpu", value: "h100", effect: "NoSchedule" }],
  software: { carries: [], env: distributions.k3s.env },
};
const imaged: OperatorPool = { ...bare, name: "imaged", software: eksGpuImages.AL2023_x86_64_NVIDIA };
const complete: OperatorPool = { ...bare, name: "full", software: eksGpuImages.BOTTLEROCKET_x86_64_NVIDIA };

test("bare nodes get everything, and devices by mounts alone: both halves of it (F112)", () => {
  const tolerations = [
    { key: "nvidia.com/gpu", operator: "Exists" },
    { key: "example.org/gpu", operator: "Exists" },
  ];
  expect(chartValues([bare], settings)).toEqual({
    operator: { cleanupCRD: false, upgradeCRD: false },
    cdi: { enabled: false },
    daemonsets: { tolerations },
    "node-feature-discovery": { worker: { tolerations } },
    driver: { enabled: true, version: "595.91.07", usePrecompiled: false, kernelModuleType: "auto" },
    toolkit: {
      enabled: true,
      env: [
        {
          name: "CONTAINERD_CONFIG",
          value: "/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl",
        },
        { name: "CONTAINERD_SOCKET", value: "/run/k3s/containerd/containerd.sock" },
        { name: "ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED", value: "false" },
        { name: "ACCEPT_NVIDIA_VISIBLE_DEVICES_AS_VOLUME_MOUNTS", value: "true" },
      ],
    },
    devicePlugin: {
      enabled: true,
      config: { name: "plinth-device-plugin", create: false, default: "dedicated" },
      env: [{ name: "DEVICE_LIST_STRATEGY", value: "volume-mounts" }],
    },
    mig: { strategy: "single" },
    migManager: {
      enabled: false,
      config: { name: "plinth-mig", create: false, default: "all-disabled" },
    },
    dcgmExporter: { enabled: true, serviceMonitor: { enabled: false, additionalLabels: {} } },
  });
});

test("an image with driver and toolkit gets neither, and its toolkit what it takes (F21, F112)", () => {
  const { driver, toolkit, devicePlugin } = chartValues([imaged], settings);
  expect([driver, toolkit]).toEqual([{ enabled: false }, { enabled: false }]);
  expect(devicePlugin.enabled).toBe(true);
  expect(devicePlugin.env).toBeUndefined();
});

test("nodes that carry a device plugin get no second one (F27)", () => {
  expect(chartValues([complete], settings).devicePlugin.enabled).toBe(false);
  expect(chartValues([complete, imaged], settings).devicePlugin.enabled).toBe(true);
});

test("whatever brings devices tolerates the taints of every pool (F108)", () => {
  const other = { ...imaged, taints: [{ key: "team", value: "vision", effect: "NoExecute" }] as const };
  const values = chartValues([bare, other], settings);
  const keys = ["nvidia.com/gpu", "example.org/gpu", "team"];
  expect(values.daemonsets.tolerations.map(({ key }) => key)).toEqual(keys);
  expect(values["node-feature-discovery"].worker.tolerations.map(({ key }) => key)).toEqual(keys);
});

test("sharing and metrics of the plan", () => {
  const layouts = [{ nodes: 2, profiles: { "1g.10gb": 7 } }];
  const pools: OperatorPool[] = [
    { ...bare, sharing: { mode: "mig", layouts } },
    { ...bare, name: "mps", sharing: { mode: "mps", replicas: 4, rename: true } },
  ];
  const serviceMonitor = { enabled: true, labels: { release: "prometheus" } };
  const values = chartValues(pools, { ...settings, serviceMonitor });
  expect(values.mig).toEqual({ strategy: "mixed" });
  expect(values.migManager.enabled).toBe(true);
  expect(values.devicePlugin.mps).toEqual({ root: "/run/nvidia/mps" });
  expect(values.dcgmExporter.serviceMonitor).toEqual({
    enabled: true,
    additionalLabels: { release: "prometheus" },
  });
});

test.each([
  { case: "a value that the chart does not know", change: { drivers: { enabled: true } } },
  { case: "a ConfigMap that the chart is to make", change: { migManager: { enabled: true, config: {} } } },
  { case: "a driver without a version", change: { driver: { enabled: true } } },
  { case: "variables of a toolkit that is not brought", change: { toolkit: { enabled: false, env: [] } } },
])("the schema of the values refuses $case", ({ change }) => {
  const values = chartValues([bare], settings);
  expect(operatorChartValues.safeParse(values).success).toBe(true);
  expect(operatorChartValues.safeParse({ ...values, ...change }).success).toBe(false);
});
