/** Valid objects that each test case spoils once. */
import type { DraDevices } from "../../components/catalogue/dra.ts";
import { images } from "../../components/catalogue/versions.ts";
import type { LocalInstallation } from "../../components/cluster/local.ts";
import {
  type LocalCluster,
  localCluster,
  NodePool,
  PriorityClasses,
  Queueing,
  type QueueingArgs,
  Team,
} from "../../components/index.ts";

export const installation: LocalInstallation = {
  kubeconfig: "/state/kubeconfig",
  charts: {
    kueue: "/charts/kueue",
    jobset: "/charts/jobset",
    trainer: "/charts/trainer",
    lws: "/charts/lws",
    kuberay: "/charts/kuberay",
    volcano: "/charts/volcano",
    mpi: "/charts/mpi",
  },
  postRenderer: { command: "node", args: ["/bin/post-render.ts"] },
};

export function makeCluster(schedulers: readonly string[] = []): LocalCluster {
  const started = { ...installation, schedulers };
  return localCluster("local", { installation: started, topology: { nodesPerRack: 2, racksPerBlock: 4 } });
}

/** A pool of four H100 machines, two teams with half of it each, and everything that a job needs. */
export function makePlatform(queueingSettings: Partial<QueueingArgs> = {}) {
  const cluster = makeCluster();
  const { provisioned } = new NodePool("h100", {
    cluster,
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 4,
    acceleratorsPerNode: 8,
  });
  const queueing = new Queueing("queues", {
    cluster,
    pools: [provisioned],
    cohorts: ["platform"],
    queues: [
      { team: "research", pool: "h100", cohort: "platform", accelerators: 16, borrowingLimit: 8 },
      { team: "vision", pool: "h100", cohort: "platform", accelerators: 16, lendingLimit: 8 },
    ],
    ...queueingSettings,
  });
  const priorityClasses = new PriorityClasses("priority", { cluster, queueing });
  const team = new Team("research", { cluster, queueing, costCenter: "cc-1", memberGroups: ["ml-people"] });
  const queue = team.queues.h100;
  if (!queue) throw new Error("the team has a queue in the pool");
  return { cluster, pool: provisioned, queueing, priorityClasses, team, queue };
}

/** A pool of H100 machines in slices of two sizes, and a team with quotas of both. */
export function makePartitioned() {
  const cluster = makeCluster();
  const { provisioned } = new NodePool("slices", {
    cluster,
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 2,
    acceleratorsPerNode: 8,
    sharing: {
      mode: "mig",
      layouts: [{ nodes: 2, profiles: { "1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1 } }],
    },
  });
  const own = { team: "research", pool: "slices", cohort: "platform" };
  const queueing = new Queueing("queues", {
    cluster,
    pools: [provisioned],
    cohorts: ["platform"],
    queues: [
      { ...own, profile: "1g.10gb", accelerators: 24 },
      { ...own, profile: "3g.40gb", accelerators: 8 },
    ],
  });
  const priorityClasses = new PriorityClasses("priority", { cluster, queueing });
  const team = new Team("research", { cluster, queueing, costCenter: "cc-1" });
  const queue = team.queues.slices;
  if (!queue) throw new Error("the team has a queue in the pool");
  return { cluster, pool: provisioned, queueing, priorityClasses, team, queue };
}

/** A DRA pool of H100 machines, and a team with half of it. */
export function makeClaimed(devices: DraDevices, cluster = makeCluster()) {
  const { provisioned } = new NodePool("claimed", {
    cluster,
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 2,
    acceleratorsPerNode: 8,
    sharing: { mode: "dra", devices },
  });
  const queueing = new Queueing("queues", {
    cluster,
    pools: [provisioned],
    cohorts: ["platform"],
    queues: [{ team: "research", pool: "claimed", cohort: "platform", accelerators: 8 }],
  });
  const priorityClasses = new PriorityClasses("priority", { cluster, queueing });
  const team = new Team("research", { cluster, queueing, costCenter: "cc-1" });
  const queue = team.queues.claimed;
  if (!queue) throw new Error("the team has a queue in the pool");
  return { cluster, pool: provisioned, queueing, priorityClasses, team, queue };
}

export const placeholder = images.placeholder.reference;

/** The shipped shape of a stack, small enough to spoil by hand. */
export function makeStack(): Record<string, unknown> & StackParts {
  return {
    environment: "local",
    pools: [
      { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 4, acceleratorsPerNode: 8 },
      { name: "l40s", accelerator: "nvidia-l40s", nodes: 2, acceleratorsPerNode: 4 },
    ],
    queueing: { cohorts: ["platform"] },
    teams: [
      {
        name: "research",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "h100", accelerators: 16, borrowingLimit: 8 }],
      },
      {
        name: "vision",
        costCenter: "cc-2",
        cohort: "platform",
        quotas: [
          { pool: "h100", accelerators: 16, lendingLimit: 8 },
          { pool: "l40s", accelerators: 8 },
        ],
      },
    ],
    jobs: [
      {
        name: "pretrain",
        team: "research",
        pool: "h100",
        nodes: 2,
        acceleratorsPerNode: 8,
        image: placeholder,
      },
    ],
  };
}

type Entry = Record<string, unknown>;

interface StackParts {
  pools: [Entry, Entry];
  queueing: Entry;
  teams: [TeamEntry, TeamEntry];
  jobs: [Entry];
}

interface TeamEntry extends Entry {
  quotas: [Entry, ...Entry[]];
}
