/** Queues that admit a job only when all of it fits: the queueing system and the teams' quotas in it. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Cluster, ProvisionedNodePool } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import type { Problem } from "../planning/problem.ts";
import type { PoolPlan, QuotaPlan } from "../planning/quota.ts";
import { repeatedName, unknownName } from "../planning/reference.ts";
import { profileProblems } from "../planning/sharing-problems.ts";
import { sum } from "../planning/sum.ts";
import { levelOrderProblems } from "../planning/topology.ts";
import type { BackendName, QueueingBackend, QueueingConfig } from "./backend.ts";
import { queueingBackends } from "./backends.ts";
import { clusterQueueName, type QueueQuota, quotasByQueue } from "./cluster-queue.ts";
import { kueueDefaults } from "./kueue-config.ts";
import { queueingConfig } from "./queueing-config.ts";
import { queueingProblems } from "./queueing-rules.ts";

export interface QueueingArgs extends z.input<typeof queueingConfig> {
  cluster: Cluster;
  /** Every pool that a queue names. */
  pools: readonly ProvisionedNodePool[];
}

/** One ClusterQueue and what a team needs to use it; its amounts are those of all its quotas together. */
export interface ClusterQueue extends Omit<QueueQuota, "profile" | "lendingLimit"> {
  readonly name: string;
  /** One, or one per MIG profile. */
  readonly quotas: readonly QueueQuota[];
  /** The queueing system that it belongs to. */
  readonly backend: BackendName;
  /** Seconds after which a job whose pods are not ready is put back; absent without such a limit. */
  readonly readySeconds?: number | undefined;
  /** Seconds after which one that misses a pod which was ready is put back. */
  readonly recoverySeconds?: number | undefined;
  /** Whether its jobs may change their number of pods while they run. */
  readonly elasticJobs: boolean;
  /** Whether its jobs are sent to another cluster. */
  readonly isRemote: boolean;
  readonly provisionedPool: ProvisionedNodePool;
  readonly resource: pulumi.Resource;
}

export class Queueing extends pulumi.ComponentResource {
  /** One per team and pool. */
  readonly queues: readonly ClusterQueue[];
  /** The queueing system itself; whatever it must admit or clean up depends on it. */
  readonly release: pulumi.Resource;
  /** How teams and jobs use the system. */
  readonly backend: QueueingBackend;
  readonly backendName: BackendName;

  constructor(name: string, args: QueueingArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, pools, ...input } = args;
    const owner = `Queueing "${name}"`;
    const config = parseConfig(queueingConfig, input, owner);
    refuse(owner, queueProblems(config, cluster, pools));
    super("plinth:scheduling:Queueing", name, {}, { ...opts, provider: cluster.provider });

    this.backendName = config.backend;
    this.backend = queueingBackends[config.backend];
    const { release, queues } = this.backend.create({ name, cluster, pools, config, parent: this });
    this.release = release;
    this.queues = [...quotasByQueue(config.queues)].map(([queueName, quotas], index) => {
      const { team, pool, cohort, fairSharingWeight } = found(quotas[0]);
      return {
        ...{ team, pool, cohort, fairSharingWeight, quotas },
        accelerators: sum(quotas.map((quota) => quota.accelerators)),
        borrowingLimit: sum(quotas.map((quota) => quota.borrowingLimit)),
        name: queueName,
        backend: config.backend,
        readySeconds: readySeconds(config),
        recoverySeconds: recoverySeconds(config),
        elasticJobs: config.elasticJobs,
        isRemote: config.multiKueue?.pools.includes(pool) ?? false,
        provisionedPool: found(pools.find((candidate) => candidate.name === pool)),
        resource: found(queues[index]),
      };
    });
    this.registerOutputs({ queues: this.queues.map((queue) => queue.name) });
  }
}

/** What the settings say of jobs whose pods are not ready; only Kueue looks at it. */
export function readySeconds({
  backend,
  podsReady = kueueDefaults.podsReady,
}: Pick<QueueingConfig, "backend" | "podsReady">): number | undefined {
  return backend === "kueue" ? podsReady.timeoutSeconds : undefined;
}

/** The same of jobs that once ran. */
export function recoverySeconds({
  backend,
  podsReady = kueueDefaults.podsReady,
}: Pick<QueueingConfig, "backend" | "podsReady">): number | undefined {
  return backend === "kueue" ? podsReady.recoverySeconds : undefined;
}

/** Quotas that name no pool or cohort, occur twice, or do not fit. */
function queueProblems(
  { queues, ...settings }: QueueingConfig,
  { abilities, topologyLevels }: Cluster,
  pools: readonly ProvisionedNodePool[],
): Problem[] {
  const quotas: QuotaPlan[] = queues.map((queue, index) => ({ ...queue, path: ["queues", index] }));
  const poolPlans: PoolPlan[] = pools.map((pool) => ({ ...pool, path: ["pools", pool.name] }));
  const poolNames = pools.map((pool) => pool.name);
  const names = queues.map((queue) => [clusterQueueName(queue), queue.profile].join(" ").trim());
  const plan = { path: [], settings, pools: poolPlans, poolNames, quotas, lendersKnown: true, abilities };
  return [
    ...quotas.flatMap(({ path, pool }) => unknownName([...path, "pool"], pool, poolNames)),
    ...quotas.flatMap(({ path, cohort }) => unknownName([...path, "cohort"], cohort, settings.cohorts)),
    ...quotas.flatMap(({ path }, index) => repeatedName(path, index, names)),
    ...quotas.flatMap(({ path, profile, pool: name }) => {
      const pool = pools.find((candidate) => candidate.name === name);
      return pool ? profileProblems(path, profile, { ...pool, mode: pool.sharing.mode }) : [];
    }),
    ...queues.flatMap((queue, index) =>
      names.indexOf(names[index] ?? "") === index ? splitQueue(queue, index, queues) : [],
    ),
    ...levelOrderProblems(["cluster", "topologyLevels"], topologyLevels),
    ...queueingProblems(plan),
  ];
}

/** Quotas of one queue that say different things of the queue itself. */
function splitQueue(queue: QueueQuota, index: number, queues: readonly QueueQuota[]): Problem[] {
  const first = queues.find((other) => clusterQueueName(other) === clusterQueueName(queue)) ?? queue;
  const keys = ["team", "pool", "cohort", "fairSharingWeight"] as const;
  return keys
    .filter((key) => queue[key] !== first[key])
    .map((key) => ({
      path: ["queues", index, key],
      given: String(queue[key]),
      allowed: `${first[key]}, as in the other quotas of queue ${clusterQueueName(queue)}`,
      remedy: "say the same in all quotas of a queue, or rename teams or pools whose names run together",
    }));
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a queue names a pool that was checked before, and has an object");
  return value;
}
