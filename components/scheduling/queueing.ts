/** Queues that admit a job only when all of it fits: Kueue, its flavors, cohorts and the teams' quotas. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { platformLabels } from "../catalogue/labels.ts";
import { images } from "../catalogue/versions.ts";
import type { Cluster, ProvisionedNodePool } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import type { Problem } from "../planning/problem.ts";
import {
  borrowingProblems,
  capacityProblems,
  lendingProblems,
  type PoolPlan,
  type QuotaPlan,
} from "../planning/quota.ts";
import { repeatedName, unknownName } from "../planning/reference.ts";
import { profileProblems } from "../planning/sharing-problems.ts";
import { clusterQueueName, clusterQueueSpec, type QueueQuota } from "./cluster-queue.ts";
import { type KueueSettings, kueueConfiguration } from "./kueue-configuration.ts";
import { queueingConfig } from "./queueing-config.ts";
import { flavorSpec } from "./resource-flavor.ts";

const namespace = "kueue-system";
const topologyName = "default";

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
  readonly provisionedPool: ProvisionedNodePool;
  readonly resource: pulumi.Resource;
}

export class Queueing extends pulumi.ComponentResource {
  /** One per team and pool. */
  readonly queues: readonly ClusterQueue[];
  /** Kueue itself; whatever it must admit or clean up depends on it. */
  readonly release: pulumi.Resource;

  constructor(name: string, args: QueueingArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, pools, ...input } = args;
    const owner = `Queueing "${name}"`;
    const config = parseConfig(queueingConfig, input, owner);
    refuse(owner, queueProblems(config.queues, pools, config.cohorts));
    super("plinth:scheduling:Queueing", name, {}, { ...opts, provider: cluster.provider });

    this.release = cluster.install(
      name,
      { chart: "kueue", namespace, values: kueueValues(config) },
      { parent: this },
    );
    const create = (
      kind: string,
      objectName: string,
      spec: object,
      dependsOn: pulumi.Resource[],
      labels?: Record<string, string>,
    ) =>
      new k8s.apiextensions.CustomResource(
        `${name}-${kind.toLowerCase()}-${objectName}`,
        { apiVersion: "kueue.x-k8s.io/v1beta2", kind, metadata: { name: objectName, labels }, spec },
        // Names are fixed, so a new object cannot exist beside the old one (F122).
        { parent: this, dependsOn, deleteBeforeReplace: true },
      );

    const levels = cluster.topologyLevels.map((nodeLabel) => ({ nodeLabel }));
    const topology = create("Topology", topologyName, { levels }, [this.release]);
    const flavors = new Map(
      pools.map((pool) => {
        const spec = flavorSpec(pool, topologyName);
        return [pool.name, create("ResourceFlavor", pool.name, spec, [topology], { ...pool.labels })];
      }),
    );
    const cohorts = new Map(
      config.cohorts.map((cohort) => [cohort, create("Cohort", cohort, {}, [this.release])]),
    );
    this.queues = [...Map.groupBy(config.queues, clusterQueueName)].map(([queueName, quotas]) => {
      const { team, pool, cohort, fairSharingWeight } = found(quotas[0]);
      const provisionedPool = found(pools.find(({ name }) => name === pool));
      const owner = { team, cohort, fairSharingWeight };
      const spec = clusterQueueSpec(owner, quotas, provisionedPool, config.fairSharing);
      const dependsOn = [found(flavors.get(pool)), found(cohorts.get(cohort))];
      const labels = { [platformLabels.team]: team, [platformLabels.pool]: pool };
      const resource = create("ClusterQueue", queueName, spec, dependsOn, labels);
      const accelerators = sum(quotas.map((quota) => quota.accelerators));
      const borrowingLimit = sum(quotas.map((quota) => quota.borrowingLimit));
      const amounts = { accelerators, borrowingLimit };
      return { ...owner, ...amounts, pool, quotas, name: queueName, provisionedPool, resource };
    });
    this.registerOutputs({ queues: this.queues.map((queue) => queue.name) });
  }
}

/** Values of the chart; every value that the platform depends on is set here. */
export function kueueValues(settings: KueueSettings): Record<string, unknown> {
  const { repository, tag } = images.kueue;
  return {
    controllerManager: { manager: { image: { repository, tag, pullPolicy: "IfNotPresent" } } },
    managerConfig: { controllerManagerConfigYaml: JSON.stringify(kueueConfiguration(settings)) },
  };
}

/** Quotas that name no pool or cohort, occur twice, or do not fit. */
function queueProblems(
  queues: readonly QueueQuota[],
  pools: readonly ProvisionedNodePool[],
  cohorts: readonly string[],
): Problem[] {
  const quotaPlans: QuotaPlan[] = queues.map((queue, index) => ({ ...queue, path: ["queues", index] }));
  const poolPlans: PoolPlan[] = pools.map((pool) => ({ ...pool, path: ["pools", pool.name] }));
  const poolNames = pools.map((pool) => pool.name);
  const names = queues.map((queue) => [clusterQueueName(queue), queue.profile].join(" ").trim());
  return [
    ...quotaPlans.flatMap(({ path, pool }) => unknownName([...path, "pool"], pool, poolNames)),
    ...quotaPlans.flatMap(({ path, cohort }) => unknownName([...path, "cohort"], cohort, cohorts)),
    ...quotaPlans.flatMap(({ path }, index) => repeatedName(path, index, names)),
    ...quotaPlans.flatMap(({ path, profile, pool: name }) => {
      const pool = pools.find((candidate) => candidate.name === name);
      return pool ? profileProblems(path, profile, { ...pool, mode: pool.sharing.mode }) : [];
    }),
    ...queues.flatMap((queue, index) =>
      names.indexOf(names[index] ?? "") === index ? splitQueue(queue, index, queues) : [],
    ),
    ...capacityProblems(poolPlans, quotaPlans),
    ...lendingProblems(quotaPlans),
    ...borrowingProblems(quotaPlans),
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

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a queue names a pool or cohort that was checked before");
  return value;
}
