/** On Google Cloud: a private GKE cluster, and L4 machines on demand that a team's queue hands out. */
import { gcpCluster, NodePool, Queueing, Team } from "../components/index.ts";

const zones = ["us-central1-a", "us-central1-b", "us-central1-c"];
const cluster = gcpCluster("ai", {
  project: { id: "acme-ai", number: "123456789012" },
  region: "us-central1",
  systemPool: { zones },
});
const { provisioned } = new NodePool("l4", {
  cluster,
  machine: "g2-standard-24",
  nodes: 4,
  zones: zones.slice(0, 1),
});
const queueing = new Queueing("kueue", {
  cluster,
  pools: [provisioned],
  cohorts: ["platform"],
  queues: [{ team: "vision", cohort: "platform", pool: "l4", accelerators: 8 }],
});
const team = new Team("vision", { cluster, queueing, costCenter: "cc-1002" });

export const namespace = team.namespace;
