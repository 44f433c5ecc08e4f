/** What runs and what waits on the platform, read from the cluster and counted in accelerators. */
import type { V1Deployment, V1Node, V1Pod, V1Service } from "@kubernetes/client-node";
import {
  acceleratorResourcePattern,
  firstWorkloadOf,
  inferenceLabels,
  notebookLabels,
  platformLabels,
  productLabels,
} from "../../components/catalogue/labels.ts";
import { emptyIfUnknown, type KubeApi } from "../cluster/kube-api.ts";
import { quantity } from "../scheduler-extender/quantity.ts";
import { answeredAlike } from "./alike-workloads.ts";
import {
  type AllocationStatus,
  allocations,
  type ClaimObjects,
  claimedDevices,
  claimedPools,
  countsParts,
  quotaUnit,
  readClaims,
} from "./claim-status.ts";
import { type EndpointStatus, endpointStatuses } from "./endpoint-status.ts";
import type { ClusterQueue, LocalQueue, MultiKueueCluster, Workload } from "./kueue-objects.ts";
import { type NotebookObject, type NotebookStatus, notebookStatuses } from "./notebook-status.ts";
import type { PodGroup, VolcanoJob, VolcanoQueue } from "./volcano-objects.ts";
import { volcanoQueueStatuses, volcanoWorkloadStatuses } from "./volcano-status.ts";
import { type WorkerClusterStatus, workerClusters } from "./worker-clusters.ts";
import { isReplaced, workloadState } from "./workload-state.ts";

export interface PlatformStatus {
  pools: PoolStatus[];
  queues: QueueStatus[];
  workloads: WorkloadStatus[];
  notebooks: NotebookStatus[];
  /** What claims hold, where there are any. */
  allocations?: AllocationStatus[];
  /** Other clusters that jobs are sent to, where there are any. */
  clusters?: WorkerClusterStatus[];
  /** Addresses that serve models. */
  endpoints: EndpointStatus[];
}

/** Devices of one kind in a pool: whole or replicated accelerators, or the slices of one MIG profile. */
export interface PoolStatus {
  name: string;
  /** Product as the node's labels name it. */
  accelerator: string;
  /** What pods request, or the class of what they claim. */
  resource: string;
  total: number;
  used: number;
  free: number;
  /** Nodes that have any. */
  nodes: number;
}

export interface QueueStatus {
  name: string;
  team: string;
  pool: string;
  nominal: number;
  used: number;
  borrowed: number;
  /** Workloads that wait. */
  pending: number;
}

export interface WorkloadStatus {
  name: string;
  team: string;
  queue: string;
  accelerators: number;
  state: "Running" | "Admitted" | "Waiting" | "Stopped" | "Finished" | "Inactive";
  /** Why it is in this state, in the queueing system's own words. */
  reason: string;
}

const kueue = "/apis/kueue.x-k8s.io/v1beta2";

/** Reads everything once; kinds that the cluster does not have count as empty. */
export async function readPlatformStatus(api: KubeApi): Promise<PlatformStatus> {
  const labelled = (label: string) => `labelSelector=${encodeURIComponent(label)}`;
  const [
    nodes,
    pods,
    clusterQueues,
    localQueues,
    kueueWorkloads,
    workers,
    volcano,
    servers,
    claims,
    endpoints,
  ] = await Promise.all([
    api.list<V1Node>(`/api/v1/nodes?${labelled(platformLabels.pool)}`),
    api.list<V1Pod>("/api/v1/pods"),
    api.list<ClusterQueue>(`${kueue}/clusterqueues`).catch(emptyIfUnknown),
    api.list<LocalQueue>(`${kueue}/localqueues`).catch(emptyIfUnknown),
    api.list<Workload>(`${kueue}/workloads`).catch(emptyIfUnknown),
    api.list<MultiKueueCluster>(`${kueue}/multikueueclusters`).catch(emptyIfUnknown),
    readVolcano(api),
    api.list<NotebookObject>(`/apis/apps/v1/statefulsets?${labelled(notebookLabels.notebook)}`),
    readClaims(api),
    readEndpoints(api),
  ]);
  const queued = kueueWorkloads
    .filter((workload) => !isReplaced(workload))
    .map((workload) => {
      const status = workloadStatus(workload, pods, localQueues, claims);
      if (status.state !== "Waiting") return status;
      const answered = { ...status, ...sharedReason(workload, kueueWorkloads, localQueues) };
      const stopped = inactiveReason(clusterQueues.find(({ metadata }) => metadata.name === status.queue));
      return stopped === undefined ? answered : { ...answered, reason: `${answered.reason}: ${stopped}` };
    });
  const queues = clusterQueues.map((queue) => queueStatus(queue, (pool) => quotaUnit(nodes, claims, pool)));
  const held = allocations(nodes, claims);
  return {
    pools: [...poolStatuses(nodes, pods), ...claimedPools(nodes, claims)].sort(byName),
    queues: [...queues, ...volcano.queues].sort(byName),
    workloads: [...queued, ...volcano.workloads].sort(byTeamAndName),
    notebooks: notebookStatuses(servers, queued).sort(byTeamAndName),
    ...(held.length > 0 ? { allocations: held } : {}),
    ...(workers.length > 0 ? { clusters: workerClusters(workers).sort(byName) } : {}),
    endpoints,
  };
}

async function readEndpoints(api: KubeApi): Promise<EndpointStatus[]> {
  const query = `labelSelector=${inferenceLabels.server}`;
  const [deployments, services] = await Promise.all([
    api.list<V1Deployment>(`/apis/apps/v1/deployments?${query}`),
    api.list<V1Service>(`/api/v1/services?${query}`),
  ]);
  return endpointStatuses(deployments, services).sort(byTeamAndName);
}

/** What there is of Volcano, on a cluster that has it. */
async function readVolcano(api: KubeApi): Promise<Pick<PlatformStatus, "queues" | "workloads">> {
  const scheduling = "/apis/scheduling.volcano.sh/v1beta1";
  const [queues, podGroups, jobs] = await Promise.all([
    api.list<VolcanoQueue>(`${scheduling}/queues`).catch(emptyIfUnknown),
    api.list<PodGroup>(`${scheduling}/podgroups`).catch(emptyIfUnknown),
    api.list<VolcanoJob>("/apis/batch.volcano.sh/v1alpha1/jobs").catch(emptyIfUnknown),
  ]);
  return {
    queues: volcanoQueueStatuses(queues, jobs),
    workloads: volcanoWorkloadStatuses(jobs, podGroups),
  };
}

/** Nodes by pool and kind of device; a node that is not Ready gives nothing free. */
export function poolStatuses(nodes: readonly V1Node[], pods: readonly V1Pod[]): PoolStatus[] {
  const pools = new Map<string, PoolStatus>();
  for (const node of nodes) {
    const labels = node.metadata?.labels ?? {};
    const name = labels[platformLabels.pool] ?? "";
    const accelerator = productLabels.map((label) => labels[label]).find(Boolean) ?? "";
    const own = pods.filter((pod) => pod.spec?.nodeName === node.metadata?.name && !hasEnded(pod));
    const isReady = node.status?.conditions?.some(
      ({ type, status }) => type === "Ready" && status === "True",
    );
    for (const [resource, total] of acceleratorsBy(node.status?.allocatable)) {
      const key = `${name} ${resource}`;
      const pool = pools.get(key) ?? { name, accelerator, resource, total: 0, used: 0, free: 0, nodes: 0 };
      const used = own.reduce((sum, pod) => sum + podAccelerators(pod, resource), 0);
      pool.nodes += 1;
      pool.total += total;
      pool.used += used;
      pool.free += isReady ? total - used : 0;
      pools.set(key, pool);
    }
  }
  return [...pools.values()].sort((a, b) => byName(a, b) || a.resource.localeCompare(b.resource));
}

/** Parts of accelerators are counted by their memory; `unitOf` tells what an accelerator of a pool is. */
function queueStatus(queue: ClusterQueue, unitOf: (pool: string) => number): QueueStatus {
  const pool = queue.metadata.labels?.[platformLabels.pool] ?? "";
  const quotas = queue.spec.resourceGroups.flatMap(({ flavors }) =>
    flavors.flatMap(({ resources }) => resources),
  );
  const usage = (queue.status?.flavorsReservation ?? []).flatMap(({ resources }) => resources);
  const sum = <T extends { name: string }>(rows: readonly T[], value: (row: T) => string | undefined) =>
    rows.reduce((total, row) => {
      if (countsParts(row.name)) return total + rounded(quantity(value(row)) / unitOf(pool));
      return acceleratorResourcePattern.test(row.name) ? total + Number(value(row) ?? 0) : total;
    }, 0);
  return {
    name: queue.metadata.name,
    team: queue.metadata.labels?.[platformLabels.team] ?? "",
    pool,
    nominal: sum(quotas, ({ nominalQuota }) => String(nominalQuota)),
    used: sum(usage, ({ total }) => total),
    borrowed: sum(usage, ({ borrowed }) => borrowed),
    pending: queue.status?.pendingWorkloads ?? 0,
  };
}

function workloadStatus(
  workload: Workload,
  pods: readonly V1Pod[],
  localQueues: readonly LocalQueue[],
  claims: ClaimObjects,
): WorkloadStatus {
  const { namespace, ownerReferences = [] } = workload.metadata;
  const name = jobName(workload);
  const queue = localQueues.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === workload.spec.queueName,
  );
  const accelerators = workload.spec.podSets.reduce(
    (sum, { count, template }) => sum + count * podAccelerators({ spec: template.spec }),
    claimedDevices(workload, claims),
  );
  // A pod without a job is its own workload's owner; so is each pod of a group of them.
  const ownPods = ownerReferences.filter(({ kind }) => kind === "Pod").map((owner) => owner.name);
  const own = pods.filter(
    ({ metadata }) =>
      metadata?.namespace === namespace &&
      (firstWorkloadOf(metadata) === (firstWorkloadOf(workload.metadata) ?? workload.metadata.name) ||
        metadata?.labels?.["job-name"] === name ||
        ownPods.includes(metadata?.name ?? "")),
  );
  return {
    name,
    team: namespace,
    queue: queue?.spec.clusterQueue ?? workload.spec.queueName ?? "",
    accelerators,
    ...workloadState(workload, own),
  };
}

function jobName({ metadata }: Workload): string {
  return metadata.ownerReferences?.[0]?.name ?? metadata.name;
}

/** Of a workload that waits for the same reason as one that is alike. */
function sharedReason(
  workload: Workload,
  all: readonly Workload[],
  queues: readonly LocalQueue[],
): Pick<WorkloadStatus, "reason"> | undefined {
  const found = answeredAlike(workload, all, queues);
  return found && { reason: `as ${jobName(found.workload)}: ${found.answer.message}` };
}

/** Why a queue admits nothing, whatever waits in it. */
function inactiveReason(queue: ClusterQueue | undefined): string | undefined {
  const active = queue?.status?.conditions?.find(({ type }) => type === "Active");
  return active?.status === "False" ? active.message : undefined;
}

/** Of one resource, or of all. */
function podAccelerators(pod: Pick<V1Pod, "spec">, resource?: string): number {
  const asked = (pod.spec?.containers ?? []).flatMap(({ resources }) => acceleratorsBy(resources?.limits));
  return asked
    .filter(([name]) => resource === undefined || name === resource)
    .reduce((sum, [, amount]) => sum + amount, 0);
}

function acceleratorsBy(quantities: Readonly<Record<string, string>> | undefined): [string, number][] {
  return Object.entries(quantities ?? {})
    .filter(([resource]) => acceleratorResourcePattern.test(resource))
    .map(([resource, quantity]) => [resource, Number(quantity)]);
}

function rounded(amount: number): number {
  return Math.round(amount * 100) / 100;
}

function hasEnded(pod: V1Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
type OfTeam = Pick<WorkloadStatus, "team" | "name">;
const byTeamAndName = (a: OfTeam, b: OfTeam) => a.team.localeCompare(b.team) || a.name.localeCompare(b.name);
