import { expect, test } from "vitest";
import { distributions } from "../../../components/catalogue/distributions.ts";
import { gkeGpuProfiles } from "../../../components/catalogue/gke-gpu-profiles.ts";
import { eksGpuImages } from "../../../components/catalogue/node-images.ts";
import {
  clusterGpuStack,
  mountsDevices,
  softwareLabels,
  softwareProblems,
} from "../../../components/planning/gpu-software.ts";

const bare = { name: "bare", software: { carries: [], env: distributions.rke2.env } };
const imaged = { name: "imaged", software: eksGpuImages.AL2023_x86_64_NVIDIA };
const complete = { name: "complete", software: eksGpuImages.BOTTLEROCKET_x86_64_NVIDIA };

test.each([
  { case: "nothing is kept from a bare node", software: bare.software, want: {} },
  {
    case: "an image with driver and toolkit keeps these two away (F21)",
    software: imaged.software,
    want: { "nvidia.com/gpu.deploy.driver": "false", "nvidia.com/gpu.deploy.container-toolkit": "false" },
  },
  {
    case: "labels of the cloud come with it (F27)",
    software: gkeGpuProfiles.operator,
    want: { "gke-no-default-nvidia-gpu-device-plugin": "true", "nvidia.com/gpu.deploy.driver": "false" },
  },
])("labels of a node: $case", ({ software, want }) => {
  expect(softwareLabels(software)).toEqual(want);
});

test.each([
  { case: "all carry it", pools: [imaged, complete], want: [false, false, true] },
  { case: "one lacks it", pools: [complete, bare], want: [true, true, true] },
  { case: "no pools", pools: [], want: [false, false, false] },
])("the operator brings a part that any pool lacks: $case (F21)", ({ pools, want }) => {
  const { driver, toolkit, devicePlugin } = clusterGpuStack(pools).operator;
  expect([driver, toolkit, devicePlugin]).toEqual(want);
});

test("the toolkit's variables are those of the nodes that get it", () => {
  expect(clusterGpuStack([imaged, bare]).env).toEqual(distributions.rke2.env);
  expect(clusterGpuStack([imaged]).env).toEqual({});
});

test("one toolkit serves one place of the container runtime (F23)", () => {
  const other = { name: "other", software: { carries: [], env: distributions.kubeadm.env } };
  expect(softwareProblems(["pools"], [bare, imaged])).toEqual([]);
  expect(softwareProblems(["pools"], [bare, other])).toEqual([
    {
      path: ["pools", "other", "software", "env"],
      given: "no variables",
      allowed:
        "CONTAINERD_CONFIG=/var/lib/rancher/rke2/agent/etc/containerd/config.toml.tmpl " +
        "CONTAINERD_SOCKET=/run/k3s/containerd/containerd.sock, as in pool bare: the toolkit is " +
        "configured once for all nodes",
      remedy: "have one distribution of Kubernetes on all nodes that get the toolkit from the operator",
    },
  ]);
});

test.each([
  { case: "toolkit and plugin are the operator's everywhere", pools: [bare], want: true },
  { case: "or neither is", pools: [bare, complete], want: true },
  { case: "the toolkit is the image's somewhere", pools: [bare, imaged], want: false },
  { case: "no plugin is the operator's", pools: [complete], want: false },
])("devices come by mounts alone where $case (F112)", ({ pools, want }) => {
  expect(mountsDevices(pools)).toBe(want);
});
