/** On a cluster that exists already: it is looked at first, and then has queues and a team. */
import { kubeconfigAt, NodePool, onpremCluster, Queueing, readInventory, Team } from "../components/index.ts";

const kubeconfig = process.env.KUBECONFIG ?? "/etc/plinth/kubeconfig";
const inventory = await readInventory(kubeconfigAt(kubeconfig));
const cluster = onpremCluster("onprem", {
  kubeconfig,
  inventory,
  distribution: "rke2",
  diskClass: "disks",
});
const { provisioned } = new NodePool("h100", {
  cluster,
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 2,
  acceleratorsPerNode: 8,
  nodeSelector: { "example.org/pool": "h100" },
});
const queueing = new Queueing("kueue", {
  cluster,
  pools: [provisioned],
  cohorts: ["platform"],
  queues: [{ team: "research", cohort: "platform", pool: "h100", accelerators: 16 }],
});
const team = new Team("research", { cluster, queueing, costCenter: "cc-1001" });

export const namespace = team.namespace;
