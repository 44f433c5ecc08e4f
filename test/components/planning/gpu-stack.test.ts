import { expect, test } from "vitest";
import { cloudMachine } from "../../../components/catalogue/cloud-machine.ts";
import { distributions } from "../../../components/catalogue/distributions.ts";
import { gkeGpuProfiles } from "../../../components/catalogue/gke-gpu-profiles.ts";
import { eksGpuImages } from "../../../components/catalogue/node-images.ts";
import { driverPackages, gpuStack, gpuStackValues } from "../../../components/planning/gpu-stack.ts";

const withoutDriver = { carries: [], env: distributions.kubeadm.env };

test.each([
  {
    case: "an image with a driver keeps the operator's away (F21)",
    software: eksGpuImages.AL2023_x86_64_NVIDIA,
    want: { driver: { enabled: false }, toolkit: { enabled: false }, devicePlugin: { enabled: true } },
  },
  {
    case: "an image without one gets it from the operator (F21)",
    software: withoutDriver,
    want: { driver: { enabled: true }, toolkit: { enabled: true, env: [] }, devicePlugin: { enabled: true } },
  },
  {
    case: "an image with everything leaves the operator nothing to bring",
    software: eksGpuImages.BOTTLEROCKET_x86_64_NVIDIA,
    want: { driver: { enabled: false }, toolkit: { enabled: false }, devicePlugin: { enabled: false } },
  },
  {
    case: "GKE's own device plugin keeps the chart's away (F27)",
    software: gkeGpuProfiles.managed,
    want: { driver: { enabled: false }, toolkit: { enabled: false }, devicePlugin: { enabled: false } },
  },
  {
    case: "the chart's device plugin keeps GKE's away (F27)",
    software: gkeGpuProfiles.operator,
    want: {
      driver: { enabled: false },
      toolkit: { enabled: true, env: [{ name: "RUNTIME_CONFIG_SOURCE", value: "file" }] },
      devicePlugin: { enabled: true },
    },
  },
  {
    case: "RKE2: the toolkit is told where configuration and socket are (F23)",
    software: { carries: [], env: distributions.rke2.env },
    want: {
      driver: { enabled: true },
      toolkit: {
        enabled: true,
        env: [
          {
            name: "CONTAINERD_CONFIG",
            value: "/var/lib/rancher/rke2/agent/etc/containerd/config.toml.tmpl",
          },
          { name: "CONTAINERD_SOCKET", value: "/run/k3s/containerd/containerd.sock" },
        ],
      },
      devicePlugin: { enabled: true },
    },
  },
])("$case", ({ software, want }) => {
  expect(gpuStackValues(gpuStack(software))).toEqual(want);
});

test("nodes where the chart has the device plugin are labelled so that GKE's stays away (F27)", () => {
  const label = { "gke-no-default-nvidia-gpu-device-plugin": "true" };
  expect(gpuStack(gkeGpuProfiles.operator).labels).toEqual(label);
  expect(gpuStack(gkeGpuProfiles.managed).labels).toEqual({});
});

test.each([
  {
    case: "eight GPUs on NVSwitch: the fabric manager has the driver's version (F25)",
    machine: "p5.48xlarge",
    want: { driver: "580.159.03", fabricManager: "580.159.03" },
  },
  {
    case: "one GPU of the same model has nothing to join",
    machine: "p5.4xlarge",
    want: { driver: "580.159.03" },
  },
  { case: "GPUs without links", machine: "g6e.48xlarge", want: { driver: "580.159.03" } },
] as const)("$case", ({ machine, want }) => {
  expect(driverPackages("580.159.03", cloudMachine(machine))).toEqual(want);
});
