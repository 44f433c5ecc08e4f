/** A cluster that exists already and fits its plan, inventory and plan; each case spoils one thing. */
import type { SiteInventory, SiteNode } from "../../components/planning/site-inventory.ts";
import type { SitePlan } from "../../components/planning/site-problems.ts";

export function siteNode(name: string, labels: Record<string, string> = {}): SiteNode {
  return {
    name,
    labels: { "kubernetes.io/hostname": name, ...labels },
    taints: [],
    allocatable: { cpu: "95500m", memory: "1048576000Ki", pods: "110" },
    isReady: true,
  };
}

/** A machine of the site's H100 pool, before any of NVIDIA's software has seen it. */
function gpuNode(name: string): SiteNode {
  const node = siteNode(name, { "example.org/pool": "h100", "example.org/rack": "r1" });
  return { ...node, taints: [{ key: "example.org/gpu", value: "h100", effect: "NoSchedule" }] };
}

export function makeInventory(): SiteInventory {
  return {
    server: "https://site.example.org:6443",
    kubernetes: "v1.35.2+k3s1",
    nodes: [siteNode("system-1"), gpuNode("gpu-2"), gpuNode("gpu-1")],
    storageClasses: [{ name: "disks", isDefault: true, waitsForPod: true }],
    daemons: [{ name: "calico-node", namespace: "kube-system", images: ["docker.io/calico/node:v3"] }],
  };
}

/** The same, where NVLink joins these nodes. */
export function joinedInventory(names: readonly string[]): SiteInventory {
  const inventory = makeInventory();
  const nodes = inventory.nodes.map(
    (node): SiteNode =>
      names.includes(node.name)
        ? { ...node, labels: { ...node.labels, "nvidia.com/gpu.clique": "f.0" } }
        : node,
  );
  return { ...inventory, nodes };
}

export function makeSitePlan(): SitePlan {
  return {
    pools: [
      {
        name: "h100",
        accelerator: "nvidia-h100-80gb-sxm",
        nodes: 2,
        acceleratorsPerNode: 8,
        sharing: { mode: "dedicated" },
        nodeSelector: { "example.org/pool": "h100" },
        carries: [],
      },
    ],
    charts: ["kueue", "gpuOperator"],
    distribution: "kubeadm",
    disksEverywhere: false,
    enforcesPolicies: false,
    topology: { rack: "example.org/rack" },
  };
}

/** The stack file of the same site. */
export function makeOnpremStack(): Record<string, unknown> & { pools: Record<string, unknown>[] } {
  return {
    environment: "onprem",
    kubeconfig: "/etc/plinth/kubeconfig",
    distribution: "kubeadm",
    domainLabels: { rack: "example.org/rack" },
    pools: [
      {
        name: "h100",
        accelerator: "nvidia-h100-80gb-sxm",
        nodes: 2,
        acceleratorsPerNode: 8,
        nodeSelector: { "example.org/pool": "h100" },
      },
    ],
    queueing: { cohorts: ["platform"] },
    teams: [
      {
        name: "research",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "h100", accelerators: 16 }],
      },
    ],
  };
}
