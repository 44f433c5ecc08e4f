/** The KAI scheduler as the queueing system: rendered and checked here, run only where its images can be. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { platformLabels } from "../catalogue/labels.ts";
import type { Problem } from "../planning/problem.ts";
import type { QueueingBackend, QueueingObjects, QueueingPlan, QueueingSetup } from "./backend.ts";
import { chartProblems, sharedPoolProblems, unableProblems } from "./backend-limits.ts";
import { clusterQueueName } from "./cluster-queue.ts";
import { kaiQueues } from "./kai-queue.ts";
import { createGuard, type QueueGuard, queuesAnnotation } from "./queue-guard.ts";

const namespace = "kai-scheduler";

export const kai: QueueingBackend = {
  problems: kaiProblems,
  create: createKai,
  // Queues of KAI are open to every namespace; the guard lets only their team in.
  open: (_name, { queue }) => queue.resource,
  priority: { preemptionPolicy: "PreemptLowerPriority" },
  countsWaitingPods: true,
  namespaceAnnotations: (queues) => ({ [queuesAnnotation]: queues.map(clusterQueueName).join(",") }),
  rights: [{ apiGroups: ["scheduling.run.ai"], resources: ["podgroups"], verbs: ["get", "list", "watch"] }],
};

const guard: QueueGuard = {
  schedulerName: "kai-scheduler",
  kinds: [],
  namesOwnQueue:
    '(has(object.metadata.labels) && "kai.scheduler/queue" in object.metadata.labels && ' +
    'object.metadata.labels["kai.scheduler/queue"] in variables.queues)',
};

function kaiProblems(plan: QueueingPlan): Problem[] {
  const lending = plan.quotas.filter(({ lendingLimit }) => lendingLimit !== undefined);
  return [
    ...chartProblems(plan),
    ...sharedPoolProblems(plan, "kai"),
    ...unableProblems(plan, "kai", {
      cohortTree: "it is given two levels of queues, cohorts and teams",
      admissionFairSharing: "its own account of past use is not configured here",
      preemption: "it always preempts lower priorities within a queue, and reclaims what is over quota",
      podsReady: "it has no limit for how long a started gang may miss a pod",
      elasticJobs: "a gang here has one size",
      provisioning: "it places pods on nodes that are there",
      multiKueue: "it schedules one cluster",
    }),
    ...lending.map(({ path, lendingLimit }) => ({
      path: [...path, "lendingLimit"],
      given: String(lendingLimit),
      allowed: 'nothing with backend "kai": it lends whatever is idle',
      remedy: 'leave lendingLimit out, or use backend "kueue" or "volcano"',
    })),
  ];
}

function createKai({ name, cluster, pools, config, parent }: QueueingSetup): QueueingObjects {
  const release = cluster.install(name, { chart: "kai", namespace, values: {} }, { parent });
  const options = { parent, deleteBeforeReplace: true };
  const levels = cluster.topologyLevels.map((nodeLabel) => ({ nodeLabel }));
  new k8s.apiextensions.CustomResource(
    `${name}-topology-${kaiTopology}`,
    {
      apiVersion: "kai.scheduler/v1alpha1",
      kind: "Topology",
      metadata: { name: kaiTopology },
      spec: { levels },
    },
    { ...options, dependsOn: [release] },
  );
  const binding = createGuard(name, guard, { ...options, dependsOn: [release] });

  const made = new Map<string, pulumi.Resource>();
  for (const queue of kaiQueues(config, pools)) {
    const { team, pool, spec } = queue;
    const labels = { ...(team ? { [platformLabels.team]: team } : {}), [platformLabels.pool]: pool };
    const above = made.get(spec.parentQueue ?? "");
    const resource = new k8s.apiextensions.CustomResource(
      `${name}-queue-${queue.name}`,
      { apiVersion: "scheduling.run.ai/v2", kind: "Queue", metadata: { name: queue.name, labels }, spec },
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

/** Name of the one topology, which jobs name as well. */
export const kaiTopology = "default";
