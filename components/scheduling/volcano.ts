/** Volcano as the queueing system: a scheduler of its own that binds the pods of a gang together. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { platformLabels } from "../catalogue/labels.ts";
import { images } from "../catalogue/versions.ts";
import type { QueueingBackend, QueueingObjects, QueueingSetup } from "./backend.ts";
import { clusterQueueName } from "./cluster-queue.ts";
import { hyperNodes } from "./hyper-nodes.ts";
import { createGuard, type QueueGuard, queuesAnnotation } from "./queue-guard.ts";
import { controllerConfiguration, schedulerConfiguration } from "./volcano-configuration.ts";
import { volcanoQueues } from "./volcano-queue.ts";
import { volcanoProblems } from "./volcano-rules.ts";

const namespace = "volcano-system";

export const volcano: QueueingBackend = {
  problems: volcanoProblems,
  create: createVolcano,
  // Queues of Volcano are open to every namespace; the guard lets only their team in.
  open: (_name, { queue }) => queue.resource,
  priority: { preemptionPolicy: "PreemptLowerPriority" },
  countsWaitingPods: true,
  namespaceAnnotations: (queues) => ({ [queuesAnnotation]: queues.map(clusterQueueName).join(",") }),
  rights: [
    {
      apiGroups: ["batch.volcano.sh"],
      resources: ["jobs"],
      verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
    },
    { apiGroups: ["scheduling.volcano.sh"], resources: ["podgroups"], verbs: ["get", "list", "watch"] },
  ],
};

const guard: QueueGuard = {
  schedulerName: "volcano",
  kinds: [
    { apiGroup: "batch.volcano.sh", resource: "jobs" },
    { apiGroup: "scheduling.volcano.sh", resource: "podgroups" },
  ],
  namesOwnQueue: "(has(object.spec.queue) && object.spec.queue in variables.queues)",
};

function createVolcano({ name, cluster, pools, config, parent }: QueueingSetup): QueueingObjects {
  const domains = hyperNodes(pools, cluster.topologyLevels);
  const values = volcanoValues(
    pools.map(({ resourceName }) => resourceName),
    { levels: cluster.topologyLevels, discovers: domains === undefined },
  );
  const release = cluster.install(name, { chart: "volcano", namespace, values }, { parent });
  const options = { parent, dependsOn: [release], deleteBeforeReplace: true };
  const binding = createGuard(name, guard, options);
  for (const domain of domains ?? []) {
    const { name: domainName, spec } = domain;
    new k8s.apiextensions.CustomResource(
      `${name}-hypernode-${domainName}`,
      {
        apiVersion: "topology.volcano.sh/v1alpha1",
        kind: "HyperNode",
        metadata: { name: domainName },
        spec,
      },
      options,
    );
  }
  const made = new Map<string, pulumi.Resource>();
  for (const queue of volcanoQueues(config, pools)) {
    const { team, pool } = queue;
    const labels = { ...(team ? { [platformLabels.team]: team } : {}), [platformLabels.pool]: pool };
    const above = made.get(queue.spec.parent);
    const resource = new k8s.apiextensions.CustomResource(
      `${name}-queue-${queue.name}`,
      {
        apiVersion: "scheduling.volcano.sh/v1beta1",
        kind: "Queue",
        metadata: { name: queue.name, labels },
        spec: queue.spec,
      },
      { ...options, dependsOn: above ? [above] : [release, binding] },
    );
    made.set(queue.name, resource);
  }
  const queues = config.queues.map((queue) => {
    const resource = made.get(clusterQueueName(queue));
    if (!resource) throw new Error(`${clusterQueueName(queue)} was checked before, and has an object`);
    return resource;
  });
  return { release, queues };
}

/** Values of the chart; every value that the platform depends on is set here. */
export function volcanoValues(
  resourceNames: readonly string[],
  topology: { readonly levels: readonly string[]; readonly discovers: boolean },
): Record<string, unknown> {
  const { volcanoScheduler: scheduler, volcanoControllers: controllers } = images;
  const [image_registry, ...path] = scheduler.repository.split("/");
  return {
    basic: {
      image_registry,
      scheduler_image_name: path.join("/"),
      controller_image_name: controllers.repository.split("/").slice(1).join("/"),
      image_tag_version: scheduler.tag,
      image_pull_policy: "IfNotPresent",
    },
    custom: {
      // What its webhooks would fill in is written by the objects' makers, and what they would refuse before.
      admission_enable: false,
      leader_elect_enable: true,
      scheduler_config_override: JSON.stringify(schedulerConfiguration([...new Set(resourceNames)])),
      // The chart takes one as text and the other as values.
      controller_config_override: controllerConfiguration(topology.levels, topology.discovers),
      default_csc: {
        runAsNonRoot: true,
        runAsUser: 1000,
        allowPrivilegeEscalation: false,
        // Lists and null end what the chart would add by its own defaults.
        capabilities: { add: [], drop: ["ALL"] },
      },
      default_sc: { seccompProfile: { type: "RuntimeDefault" }, seLinuxOptions: null },
    },
  };
}
