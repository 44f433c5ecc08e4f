/** A training run for the KAI scheduler 0.17: a plain Job whose pods KAI groups and binds together. */
import { jobManifest } from "./gang-job.ts";
import { type PlacedJob, placement } from "./placed-job.ts";

const queueLabel = "kai.scheduler/queue";

/**
 * The Job. KAI takes pods of a plain Job one by one unless the number is stated, and treats priorities from
 * 100 on as never to be preempted, which also keeps them from borrowing, unless it is told otherwise.
 */
export function kaiJobManifest(job: PlacedJob, topologyName: string) {
  const { topology, ...rest } = job;
  const { metadata, spec } = jobManifest({ ...rest, podAnnotations: { ...job.podAnnotations } });
  const labels = {
    ...job.labels,
    [queueLabel]: job.queue,
    priorityClassName: job.priority,
    "kai.scheduler/preemptibility": "preemptible",
  };
  const annotations = {
    ...metadata.annotations,
    "kai.scheduler/batch-min-member": String(job.nodes),
    ...(topology
      ? {
          "kai.scheduler/topology": topologyName,
          [`kai.scheduler/topology-${topology.mode}-placement`]: topology.level,
        }
      : {}),
  };
  const { template } = spec;
  return {
    metadata: { ...metadata, labels, annotations },
    spec: {
      ...spec,
      template: {
        metadata: { ...template.metadata, labels: { ...template.metadata.labels, [queueLabel]: job.queue } },
        spec: { ...template.spec, ...placement(job, "kai-scheduler") },
      },
    },
  };
}
