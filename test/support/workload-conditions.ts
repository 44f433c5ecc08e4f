/** Kueue's own account of a job: its Workloads with their conditions. */
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import type { Workload, WorkloadCondition } from "../../embedded/status/kueue-objects.ts";

interface TimedCondition extends WorkloadCondition {
  readonly lastTransitionTime: string;
}

export interface QueuedWorkload extends Workload {
  readonly spec: Workload["spec"] & { readonly maximumExecutionTimeSeconds?: number };
  readonly status?: {
    readonly conditions?: readonly TimedCondition[];
    readonly requeueState?: { readonly count?: number; readonly requeueAt?: string };
  };
}

/** One, or one for each size of a job that changes its size. */
export async function workloadsOf(api: KubeApi, team: string, job: string): Promise<QueuedWorkload[]> {
  const path = `/apis/kueue.x-k8s.io/v1beta2/namespaces/${team}/workloads`;
  const all = await api.list<QueuedWorkload>(path);
  return all.filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === job));
}

/** Status and reason of each condition. */
export function conditionsOf(workload: QueuedWorkload | undefined): Record<string, string> {
  const conditions = workload?.status?.conditions ?? [];
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

/** When a condition became what it is, in milliseconds; Kubernetes writes whole seconds. */
export function momentOf(workload: QueuedWorkload | undefined, type: string): number {
  const found = workload?.status?.conditions?.find((condition) => condition.type === type);
  return Date.parse(found?.lastTransitionTime ?? "");
}
