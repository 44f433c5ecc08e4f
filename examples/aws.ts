/** On AWS: EKS over three zones, and L4 machines on demand that a team's queue hands out. */
import { Provider } from "@pulumi/aws";
import { awsCluster, NodePool, Queueing, Team } from "../components/index.ts";

const region = "us-east-1";
const provider = new Provider("aws", { region, allowedAccountIds: ["123456789012"] });
const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
const cluster = awsCluster("plinth", { provider, region, network: { zones }, controlPlane: {} });
const { provisioned } = new NodePool("l4", { cluster, machine: "g6.4xlarge", nodes: 4, zones });
const queueing = new Queueing("kueue", {
  cluster,
  pools: [provisioned],
  cohorts: ["platform"],
  queues: [{ team: "vision", cohort: "platform", pool: "l4", accelerators: 4 }],
});
const team = new Team("vision", { cluster, queueing, costCenter: "cc-1002" });

export const namespace = team.namespace;
