/** On the embedded cluster: a pool, a queue and a gang of a team, as a program of one's own. */
import { localCluster, NodePool, PriorityClasses, Queueing, Team, TrainingJob } from "../components/index.ts";
import { readInstallation } from "../embedded/installation.ts";

const topology = { nodesPerRack: 2, racksPerBlock: 4 };
const cluster = localCluster("local", { installation: readInstallation(), topology });
const { provisioned } = new NodePool("h100", {
  cluster,
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 4,
  acceleratorsPerNode: 8,
});
const queueing = new Queueing("kueue", {
  cluster,
  pools: [provisioned],
  cohorts: ["platform"],
  queues: [{ team: "research", cohort: "platform", pool: "h100", accelerators: 16 }],
});
const priorityClasses = new PriorityClasses("priority", { cluster, queueing });
const team = new Team("research", { cluster, queueing, costCenter: "cc-1001" });
const queue = team.queues.h100;
if (!queue) throw new Error("team research has no queue in pool h100");

const gang = { nodes: 2, acceleratorsPerNode: 8 };
/** A program that does nothing. */
const image =
  "registry.k8s.io/pause:3.10@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a";
new TrainingJob("pretrain", { cluster, queue, priorityClasses, ...gang, image });

/** Where the gang runs. */
export const namespace = team.namespace;
