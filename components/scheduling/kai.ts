/** The KAI scheduler as the queueing system: rendered and checked here, run only where its images can be. */
import * as k8s from "@pulumi/kubernetes";
import type { Problem } from "../planning/problem.ts";
import type { QueueingBackend, QueueingObjects, QueueingPlan, QueueingSetup } from "./backend.ts";
import { chartProblems, sharedPoolProblems, unableProblems } from "./backend-limits.ts";
import { kaiQueues } from "./kai-queue.ts";
import { networkRules } from "./network-guard.ts";
import { poolTopologies } from "./pool-topology.ts";
import { createGuard, type QueueGuard } from "./queue-guard.ts";
import { createQueues, guardedQueues, queueOf } from "./queue-objects.ts";

const namespace = "kai-scheduler";

export const kai: QueueingBackend = {
  problems: kaiProblems,
  create: createKai,
  ...guardedQueues,
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
      clientConnection: "its chart has no such setting here",
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
  for (const topology of poolTopologies(pools, cluster.topologyLevels)) {
    const levels = topology.levels.map((nodeLabel) => ({ nodeLabel }));
    new k8s.apiextensions.CustomResource(
      `${name}-topology-${topology.name}`,
      {
        apiVersion: "kai.scheduler/v1alpha1",
        kind: "Topology",
        metadata: { name: topology.name },
        spec: { levels },
      },
      { ...options, dependsOn: [release] },
    );
  }
  const binding = createGuard(
    name,
    { ...guard, containerRules: networkRules(pools) },
    { ...options, dependsOn: [release] },
  );

  const made = createQueues(name, kaiQueues(config, pools), {
    apiVersion: "scheduling.run.ai/v2",
    above: ({ spec }) => spec.parentQueue,
    opts: { ...options, dependsOn: [release, binding] },
  });
  const queues = config.queues.map((queue) => queueOf(made, queue));
  return { release, queues };
}
