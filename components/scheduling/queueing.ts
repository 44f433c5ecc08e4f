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

/** One ClusterQueue and what a team needs to use it. */
export interface ClusterQueue extends QueueQuota {
  readonly name: string;
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
    this.queues = config.queues.map((queue) => {
      const provisionedPool = found(pools.find((pool) => pool.name === queue.pool));
      const spec = clusterQueueSpec(queue, provisionedPool, config.fairSharing);
      const dependsOn = [found(flavors.get(queue.pool)), found(cohorts.get(queue.cohort))];
      const queueName = clusterQueueName(queue);
      const labels = { [platformLabels.team]: queue.team, [platformLabels.pool]: queue.pool };
      const resource = create("ClusterQueue", queueName, spec, dependsOn, labels);
      return { ...queue, name: queueName, provisionedPool, resource };
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
  const names = queues.map(clusterQueueName);
  return [
    ...quotaPlans.flatMap(({ path, pool }) => unknownName([...path, "pool"], pool, poolNames)),
    ...quotaPlans.flatMap(({ path, cohort }) => unknownName([...path, "cohort"], cohort, cohorts)),
    ...quotaPlans.flatMap(({ path }, index) => repeatedName(path, index, names)),
    ...capacityProblems(poolPlans, quotaPlans),
    ...lendingProblems(quotaPlans),
    ...borrowingProblems(quotaPlans),
  ];
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a queue names a pool or cohort that was checked before");
  return value;
}
