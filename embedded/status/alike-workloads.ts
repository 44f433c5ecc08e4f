/**
 * Workloads that Kueue takes for one. Where one of several that are alike does not fit, Kueue looks at none
 * of the others, and writes nothing on them (sigs.k8s.io/kueue 0.19.2, SchedulingEquivalenceHashing).
 */
import { isDeepStrictEqual } from "node:util";
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import type { LocalQueue, Workload, WorkloadCondition } from "./kueue-objects.ts";

export interface Answered {
  readonly workload: Workload;
  /** What Kueue said of it. */
  readonly answer: WorkloadCondition;
}

/**
 * The workload of the same ClusterQueue that has the answer for this one, where it has none of its own. The
 * projects of a team have LocalQueues of their own into one ClusterQueue, and Kueue compares over all of it.
 */
export function answeredAlike(
  workload: Workload,
  others: readonly Workload[],
  queues: readonly LocalQueue[] = [],
): Answered | undefined {
  if (answerOf(workload)) return undefined;
  const wanted = queueOf(workload, queues);
  return others
    .filter((other) => other !== workload && queueOf(other, queues) === wanted && isAlike(other, workload))
    .flatMap((other) => {
      const answer = answerOf(other);
      return answer?.status === "False" ? [{ workload: other, answer }] : [];
    })[0];
}

function answerOf({ status }: Workload): WorkloadCondition | undefined {
  return status?.conditions?.find(({ type }) => type === "QuotaReserved");
}

function queueOf({ metadata, spec }: Workload, queues: readonly LocalQueue[]): string | undefined {
  const own = queues.find(
    (queue) => queue.metadata.namespace === metadata.namespace && queue.metadata.name === spec.queueName,
  );
  return own?.spec.clusterQueue ?? spec.queueName;
}

/** As computeSchedulingHash and SpecShape compare them. */
function isAlike(one: Workload, other: Workload): boolean {
  return one.metadata.namespace === other.metadata.namespace && isDeepStrictEqual(shape(one), shape(other));
}

function shape({ spec }: Workload) {
  return {
    priority: spec.priority,
    podSets: spec.podSets.map(({ name, count, minCount, topologyRequest, template }) => ({
      name,
      count,
      minCount,
      topologyRequest,
      pod: podShape(template.spec),
    })),
  };
}

function podShape(pod: V1PodSpec | undefined) {
  return {
    initContainers: pod?.initContainers?.map(containerShape),
    containers: pod?.containers.map(containerShape),
    nodeSelector: pod?.nodeSelector,
    affinity: pod?.affinity,
    tolerations: pod?.tolerations,
    runtimeClassName: pod?.runtimeClassName,
    priority: pod?.priority,
    topologySpreadConstraints: pod?.topologySpreadConstraints,
    overhead: pod?.overhead,
    resourceClaims: pod?.resourceClaims,
    requests: pod?.resources?.requests,
  };
}

function containerShape({ resources, ports }: V1Container) {
  return { requests: resources?.requests, ports };
}
