/** Kueue as the queueing system: holds whole jobs back, above the cluster's own scheduler. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { platformLabels } from "../catalogue/labels.ts";
import { images } from "../catalogue/versions.ts";
import type { QueueingBackend, QueueingObjects, QueueingSetup } from "./backend.ts";
import { clusterQueueName, clusterQueueSpec, quotasByQueue } from "./cluster-queue.ts";
import { type KueueSettings, kueueConfiguration } from "./kueue-configuration.ts";
import { flavorSpec } from "./resource-flavor.ts";

const namespace = "kueue-system";
const apiVersion = "kueue.x-k8s.io/v1beta2";
const topologyName = "default";

export const kueue: QueueingBackend = {
  create: createKueue,
  open: (name, { queue, metadata }, opts) =>
    new k8s.apiextensions.CustomResource(
      name,
      { apiVersion, kind: "LocalQueue", metadata, spec: { clusterQueue: clusterQueueName(queue) } },
      opts,
    ),
  // Kueue alone decides who is preempted: the scheduler must not evict a pod behind its back.
  priority: { preemptionPolicy: "Never", workloadClass: { apiVersion, kind: "WorkloadPriorityClass" } },
};

function createKueue({ name, cluster, pools, config, parent }: QueueingSetup): QueueingObjects {
  const release = cluster.install(
    name,
    { chart: "kueue", namespace, values: kueueValues(config) },
    { parent },
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
      { apiVersion, kind, metadata: { name: objectName, labels }, spec },
      // Names are fixed, so a new object cannot exist beside the old one (F122).
      { parent, dependsOn, deleteBeforeReplace: true },
    );

  const levels = cluster.topologyLevels.map((nodeLabel) => ({ nodeLabel }));
  const topology = create("Topology", topologyName, { levels }, [release]);
  const flavors = new Map(
    pools.map((pool) => {
      const spec = flavorSpec(pool, topologyName);
      return [pool.name, create("ResourceFlavor", pool.name, spec, [topology], { ...pool.labels })];
    }),
  );
  const cohorts = new Map(config.cohorts.map((cohort) => [cohort, create("Cohort", cohort, {}, [release])]));
  const queues = [...quotasByQueue(config.queues)].map(([queueName, quotas]) => {
    const queue = found(quotas[0]);
    const pool = found(pools.find((candidate) => candidate.name === queue.pool));
    const spec = clusterQueueSpec(queue, quotas, pool, config.fairSharing);
    const dependsOn = [found(flavors.get(queue.pool)), found(cohorts.get(queue.cohort))];
    const labels = { [platformLabels.team]: queue.team, [platformLabels.pool]: queue.pool };
    return create("ClusterQueue", queueName, spec, dependsOn, labels);
  });
  return { release, queues };
}

/** Values of the chart; every value that the platform depends on is set here. */
export function kueueValues(settings: KueueSettings): Record<string, unknown> {
  const { repository, tag } = images.kueue;
  return {
    controllerManager: { manager: { image: { repository, tag, pullPolicy: "IfNotPresent" } } },
    managerConfig: { controllerManagerConfigYaml: JSON.stringify(kueueConfiguration(settings)) },
  };
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a queue names a pool or cohort that was checked before");
  return value;
}
