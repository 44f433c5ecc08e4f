import { expect, test } from "vitest";
import type { SiteInventory } from "../../../components/planning/site-inventory.ts";
import {
  type SitePlan,
  siteProblems,
  siteStorageClass,
  siteWarnings,
} from "../../../components/planning/site-problems.ts";
import { makeInventory, makeSitePlan } from "../../support/site.ts";

type Change = { plan?: Partial<SitePlan>; inventory?: Partial<SiteInventory> };

const problems = ({ plan, inventory }: Change) =>
  siteProblems({ ...makeSitePlan(), ...plan }, { ...makeInventory(), ...inventory });

const [pool] = makeSitePlan().pools;
if (pool === undefined) throw new Error("the plan has a pool");
const daemon = (name: string, image: string, namespace = "kube-system") => ({
  name,
  namespace,
  images: [image],
});
const calico = makeInventory().daemons;
const disks = { name: "disks", isDefault: true, waitsForPod: true };

test("a site that fits its plan", () => {
  expect(problems({})).toEqual([]);
});

test.each([
  {
    case: "a version that the platform's own objects need",
    change: { plan: { charts: [] }, inventory: { kubernetes: "v1.29.9" } },
    want: [
      {
        path: ["cluster", "kubernetes"],
        given: "v1.29.9",
        allowed: "1.30 or newer: the platform's own objects are of kinds that came with it",
        remedy: "upgrade Kubernetes",
      },
    ],
  },
  {
    case: "a version that a chart was made for",
    change: { inventory: { kubernetes: "v1.38.0" } },
    want: [
      {
        path: ["cluster", "kubernetes"],
        given: "v1.38.0",
        allowed: "1.33 to 1.37, with gpu-operator 26.7.0",
        remedy: "choose a newer release",
      },
    ],
  },
  {
    case: "no default storage class",
    change: { inventory: { storageClasses: [{ ...disks, isDefault: false }] } },
    want: [
      {
        path: ["cluster", "storageClass"],
        given: "no default class",
        allowed: "one default class; the cluster has the classes: disks",
        remedy: "mark one class as the default, or name one in storage.class",
      },
    ],
  },
  {
    case: "two default storage classes",
    change: { inventory: { storageClasses: [disks, { ...disks, name: "other" }] } },
    want: [
      {
        path: ["cluster", "storageClass"],
        given: "2 default classes",
        allowed: "one default class; the cluster has the classes: disks, other",
        remedy: "mark one class as the default, or name one in storage.class",
      },
    ],
  },
  {
    case: "a storage class that is not there",
    change: { plan: { storageClass: "fast" } },
    want: [
      {
        path: ["storage", "class"],
        given: '"fast"',
        allowed: "a storage class of the cluster: disks",
        remedy: "name one of these, or make the class",
      },
    ],
  },
  {
    case: "disks that are made before their pods have a node (F84)",
    change: { inventory: { storageClasses: [{ ...disks, waitsForPod: false }] } },
    want: [
      {
        path: ["cluster", "storageClass"],
        given: "disks, which makes disks before their pods have a node",
        allowed:
          "a class with volumeBindingMode WaitForFirstConsumer, lest a disk is where its pod cannot run",
        remedy: "name another class, or say storage.everywhere if its disks can be reached from every node",
      },
    ],
  },
  {
    case: "a network that enforces nothing",
    change: { inventory: { daemons: [daemon("kube-flannel-ds", "flannel")] } },
    want: [
      {
        path: ["cluster", "network"],
        given: "kube-flannel-ds",
        allowed:
          "a network plugin that enforces NetworkPolicies, as calico-node, canal, rke2-canal, cilium, " +
          "antrea-agent, kube-router, kube-ovn-cni, ovnkube-node, weave-net",
        remedy: "install one, or say networkPolicies: enforced if the cluster's own network does",
      },
    ],
  },
  {
    case: "no node for the platform's own programs",
    change: { inventory: { nodes: makeInventory().nodes.filter(({ name }) => name.startsWith("gpu")) } },
    want: [
      {
        path: ["cluster", "nodes"],
        given: "2 nodes, none of them ready and without taints",
        allowed: "at least one such node, for the platform's own programs",
        remedy: "add a node, or lift the taints of one",
      },
    ],
  },
  {
    case: "a device plugin beside the operator's (F27)",
    change: {
      inventory: { daemons: [...calico, daemon("nvdp", "nvcr.io/nvidia/k8s-device-plugin:v0.17", "nvdp")] },
    },
    want: [
      {
        path: ["cluster", "daemonSets"],
        given: "a device plugin: nvdp/nvdp",
        allowed: "none beside the GPU Operator, which brings it to h100",
        remedy: "remove it, or say carries: [devicePlugin] of these pools",
      },
    ],
  },
  {
    case: "a driver installer beside the operator's (F21)",
    change: { inventory: { daemons: [...calico, daemon("drivers", "nvcr.io/nvidia/driver:580", "gpus")] } },
    want: [
      {
        path: ["cluster", "daemonSets"],
        given: "a driver installer: gpus/drivers",
        allowed: "none beside the GPU Operator, which brings it to h100",
        remedy: "remove it, or say carries: [driver] of these pools",
      },
    ],
  },
  {
    case: "a label of NVLink that no node has (F48)",
    change: { plan: { topology: { nvlink: "nvidia.com/gpu.clique" } } },
    want: [
      {
        path: ["domainLabels", "nvlink"],
        given: '"nvidia.com/gpu.clique"',
        allowed: "a label that the nodes of some pool have",
        remedy: "leave it out where NVLink ends at the machine, or until discovery has labelled the nodes",
      },
    ],
  },
  {
    case: "two pools of the same nodes",
    change: { plan: { pools: [pool, { ...pool, name: "more" }] } },
    want: [
      {
        path: ["pools", 1, "nodeSelector"],
        given: "gpu-2, gpu-1, which pool h100 has as well",
        allowed: "nodes that no other pool has: their accelerators would be promised twice",
        remedy: "choose labels that tell the two pools apart",
      },
    ],
  },
  {
    case: "claims of devices that its Kubernetes does not serve",
    change: { plan: { pools: [{ ...pool, sharing: { mode: "dra", devices: "partitions" } }] } },
    want: [
      {
        path: ["pools", 0, "sharing", "devices"],
        given: '"partitions" on Kubernetes v1.35.2+k3s1',
        allowed: "Kubernetes 1.36 or newer, for devices: partitions",
        remedy: "upgrade Kubernetes, or choose mode: mig, or devices: whole",
      },
    ],
  },
] as { case: string; change: Change; want: unknown }[])("refused: $case", ({ change, want }) => {
  expect(problems(change)).toEqual(want);
});

test.each([
  { case: "a newer Kubernetes within all ranges", change: { inventory: { kubernetes: "v1.37.1" } } },
  {
    case: "disks that can be reached from everywhere",
    change: {
      plan: { disksEverywhere: true },
      inventory: { storageClasses: [{ ...disks, waitsForPod: false }] },
    },
  },
  {
    case: "a class that is named, beside two defaults",
    change: {
      plan: { storageClass: "other" },
      inventory: { storageClasses: [disks, { ...disks, name: "other" }] },
    },
  },
  {
    case: "k3s, which enforces policies itself",
    change: { plan: { distribution: "k3s" }, inventory: { daemons: [] } },
  },
  {
    case: "the site's word for its network",
    change: { plan: { enforcesPolicies: true }, inventory: { daemons: [] } },
  },
  {
    case: "a device plugin that the nodes are said to carry",
    change: {
      plan: { pools: [{ ...pool, carries: ["devicePlugin"] }] },
      inventory: {
        daemons: [...calico, daemon("nvdp", "nvcr.io/nvidia/k8s-device-plugin:v0.17")],
        nodes: makeInventory().nodes.map((node) => ({
          ...node,
          allocatable: { ...node.allocatable, "nvidia.com/gpu": "8" },
        })),
      },
    },
  },
  {
    case: "the operator's own plugin, from an earlier update",
    change: {
      inventory: {
        daemons: [...calico, daemon("plugin", "nvcr.io/nvidia/k8s-device-plugin:v0.20", "gpu-operator")],
      },
    },
  },
] as { case: string; change: Change }[])("accepted: $case", ({ change }) => {
  expect(problems(change)).toEqual([]);
});

test("everything is told at once, the cluster's problems before those of the pools", () => {
  const found = problems({
    plan: { pools: [{ ...pool, nodes: 3 }] },
    inventory: { kubernetes: "v1.28.0", storageClasses: [], daemons: [] },
  });
  expect(found.map(({ path }) => path.join("."))).toEqual([
    "cluster.kubernetes",
    "cluster.kubernetes",
    "cluster.kubernetes",
    "cluster.storageClass",
    "cluster.network",
    "pools.0.nodes",
  ]);
});

test("the class of pods' disks is the one that is named, else the default", () => {
  const inventory = {
    ...makeInventory(),
    storageClasses: [{ ...disks, isDefault: false, name: "a" }, disks],
  };
  expect(siteStorageClass({}, inventory)?.name).toBe("disks");
  expect(siteStorageClass({ storageClass: "a" }, inventory)?.name).toBe("a");
  expect(siteStorageClass({ storageClass: "b" }, inventory)).toBeUndefined();
});

test("a node of a pool that is not ready is told, and counts", () => {
  const inventory = makeInventory();
  const nodes = inventory.nodes.map((node) => ({ ...node, isReady: node.name !== "gpu-1" }));
  expect(siteWarnings(makeSitePlan(), { ...inventory, nodes })).toEqual([
    "node gpu-1 is not ready; quotas count it all the same",
  ]);
  expect(problems({ inventory: { nodes } })).toEqual([]);
});

test("a node that does not tell its rack, as others of its pool do, is told and counts", () => {
  const inventory = makeInventory();
  const nodes = inventory.nodes.map((node) => {
    const { "example.org/rack": _, ...labels } = node.labels;
    return node.name === "gpu-2" ? { ...node, labels } : node;
  });
  expect(siteWarnings(makeSitePlan(), { ...inventory, nodes })).toEqual([
    "node gpu-2 of pool h100 has no label example.org/rack: it counts as a rack of its own",
  ]);
  expect(problems({ inventory: { nodes } })).toEqual([]);
});
