/** A training run as a job of Volcano 1.14: its pods are bound together, and restarted together. */
import { awaitedUntilThere } from "../catalogue/labels.ts";
import { rendezvousEnvironment } from "./gang-job.ts";
import { type PlacedJob, placement } from "./placed-job.ts";
import { podTemplate } from "./training-pod.ts";

export interface VolcanoJob extends PlacedJob {
  /** Tier of the network domain that the gang shares. */
  readonly tier?: number | undefined;
}

const schedulerName = "volcano";
const task = "trainer";

/**
 * Volcano counts an eviction like a failure. A gang that others preempt must come back however often that
 * happens, so the budget is larger than the retries by this much.
 */
const evictionAllowance = 100;

/**
 * The Job. Nothing is left to defaults: without a scheduler the cluster's own would run the pods one by one,
 * without minAvailable any single pod would start, and without a queue it would be in nobody's quota.
 */
export function volcanoJobManifest(job: VolcanoJob) {
  const { topology, ...rest } = job;
  const template = podTemplate({
    ...rest,
    container: task,
    annotations: job.podAnnotations,
    environment: rendezvousEnvironment(
      job,
      `${job.name}-${task}-0.${job.name}`,
      "metadata.labels['volcano.sh/task-index']",
    ),
  });
  return {
    apiVersion: "batch.volcano.sh/v1alpha1",
    kind: "Job",
    metadata: {
      name: job.name,
      namespace: job.namespace,
      labels: { ...job.labels },
      // A gang may wait for days; that it exists is enough.
      annotations: awaitedUntilThere,
    },
    spec: {
      schedulerName,
      queue: job.queue,
      priorityClassName: job.priority,
      minAvailable: job.nodes,
      maxRetry: job.retries + evictionAllowance,
      ...(topology && job.tier !== undefined
        ? {
            networkTopology: {
              mode: topology.mode === "required" ? "hard" : "soft",
              highestTierAllowed: job.tier,
            },
          }
        : {}),
      // Names for the pods; the team's own network policies stay the only ones.
      plugins: { svc: ["--publish-not-ready-addresses=true", "--disable-network-policy=true"] },
      policies: [
        // A gang that lost a pod computes nothing: all of it gives way and comes back.
        { event: "PodEvicted", action: "RestartJob" },
        { event: "PodFailed", action: job.retries === 0 ? "TerminateJob" : "RestartJob" },
        { event: "PodRunning", action: "TerminateJob", timeout: `${job.timeoutSeconds}s` },
      ],
      tasks: [
        {
          name: task,
          replicas: job.nodes,
          minAvailable: job.nodes,
          template: { ...template, spec: { ...template.spec, ...placement(job, schedulerName) } },
        },
      ],
    },
  };
}
