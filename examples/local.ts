/** On the embedded cluster: a pool, a queue and a gang of a team, as a program of one's own. */
import { localCluster, NodePool, PriorityClasses, Queueing, Team, TrainingJob } from "../components/index.ts";
import { readInstallation } from "../embedded/installation.ts";
import { image } from "./image.ts";

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

const job = { nodes: 2, acceleratorsPerNode: 8, image };
new TrainingJob("pretrain", { cluster, queue, priorityClasses, ...job });

/** Where the gang runs. */
export const namespace = team.namespace;
