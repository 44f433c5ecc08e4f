/** Volcano as the queueing system: a scheduler of its own that binds the pods of a gang together. */
import * as k8s from "@pulumi/kubernetes";
import { images } from "../catalogue/versions.ts";
import type { QueueingBackend, QueueingObjects, QueueingSetup } from "./backend.ts";
import { hyperNodes } from "./hyper-nodes.ts";
import { networkRules } from "./network-guard.ts";
import { createGuard, type QueueGuard } from "./queue-guard.ts";
import { createQueues, guardedQueues, queueOf } from "./queue-objects.ts";
import { controllerConfiguration, schedulerConfiguration } from "./volcano-configuration.ts";
import { volcanoQueues } from "./volcano-queue.ts";
import { volcanoProblems } from "./volcano-rules.ts";

const namespace = "volcano-system";

export const volcano: QueueingBackend = {
  problems: volcanoProblems,
  create: createVolcano,
  ...guardedQueues,
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
  const binding = createGuard(name, { ...guard, containerRules: networkRules(pools) }, options);
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
  const made = createQueues(name, volcanoQueues(config, pools), {
    apiVersion: "scheduling.volcano.sh/v1beta1",
    above: ({ spec }) => spec.parent,
    opts: { ...options, dependsOn: [release, binding] },
  });
  const queues = config.queues.map((queue) => queueOf(made, queue));
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
