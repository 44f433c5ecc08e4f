/** What a cluster under fault holds at one moment, reduced to what its invariants are about. */
import type { V1Job, V1Node, V1Pod } from "@kubernetes/client-node";
import { platformLabels } from "../../../components/catalogue/labels.ts";
import type { KubeApi } from "../../../embedded/cluster/kube-api.ts";
import { acceleratorsPerNode } from "../gangs.ts";

export interface Snapshot {
  readonly jobs: readonly JobState[];
  readonly pods: readonly PodState[];
  readonly workloads: readonly WorkloadState[];
  /** Whole nodes that Kueue counts as used, by ClusterQueue. */
  readonly used: Readonly<Record<string, number>>;
  /** Nodes that are there. */
  readonly nodes: readonly string[];
}

export interface JobState {
  readonly name: string;
  readonly nodes: number;
  readonly end: "Complete" | "Failed" | undefined;
  readonly succeeded: number;
}

/** A pod that has not ended; it takes a whole node. */
export interface PodState {
  readonly job: string;
  readonly node: string | undefined;
  readonly isRunning: boolean;
  readonly isGoing: boolean;
}

export interface WorkloadState {
  readonly job: string;
  readonly queue: string | undefined;
  readonly nodes: number;
  readonly isFinished: boolean;
  readonly isActive: boolean;
  readonly requeuedFrom: string | undefined;
}

interface Workload {
  metadata: { annotations?: Record<string, string>; ownerReferences?: { name: string }[] };
  spec: { active?: boolean; podSets: { count: number }[] };
  status?: { admission?: { clusterQueue: string } | null; conditions?: { type: string; status: string }[] };
}

interface ClusterQueue {
  metadata: { name: string };
  status?: { flavorsUsage?: { resources: { name: string; total: string }[] }[] };
}

const kueue = "/apis/kueue.x-k8s.io/v1beta2";

export async function takeSnapshot(api: KubeApi, teams: readonly string[]): Promise<Snapshot> {
  const all = async <T>(path: (team: string) => string) =>
    (await Promise.all(teams.map((team) => api.list<T>(path(team))))).flat();
  const [jobs, pods, workloads, queues, nodes] = await Promise.all([
    all<V1Job>((team) => `/apis/batch/v1/namespaces/${team}/jobs`),
    all<V1Pod>((team) => `/api/v1/namespaces/${team}/pods`),
    all<Workload>((team) => `${kueue}/namespaces/${team}/workloads`),
    api.list<ClusterQueue>(`${kueue}/clusterqueues`),
    api.list<V1Node>("/api/v1/nodes"),
  ]);
  return {
    jobs: jobs.map(jobState),
    pods: pods
      .filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed")
      .map(podState),
    workloads: workloads.map(workloadState),
    used: Object.fromEntries(queues.map((queue) => [queue.metadata.name, usedNodes(queue)])),
    nodes: nodes.map(({ metadata }) => metadata?.name ?? ""),
  };
}

function jobState({ metadata, spec, status }: V1Job): JobState {
  const ends = (["Complete", "Failed"] as const).filter((end) =>
    status?.conditions?.some(({ type, status }) => type === end && status === "True"),
  );
  return {
    name: metadata?.name ?? "",
    nodes: spec?.completions ?? 0,
    end: ends[0],
    succeeded: status?.succeeded ?? 0,
  };
}

function podState({ metadata, spec, status }: V1Pod): PodState {
  return {
    job: metadata?.labels?.["batch.kubernetes.io/job-name"] ?? "",
    node: spec?.nodeName,
    isRunning: status?.phase === "Running",
    isGoing: metadata?.deletionTimestamp !== undefined,
  };
}

function workloadState({ metadata, spec, status }: Workload): WorkloadState {
  return {
    job: metadata.ownerReferences?.[0]?.name ?? "",
    queue: status?.admission?.clusterQueue,
    nodes: spec.podSets.reduce((sum, { count }) => sum + count, 0),
    isFinished:
      status?.conditions?.some(({ type, status }) => type === "Finished" && status === "True") ?? false,
    isActive: spec.active ?? true,
    requeuedFrom: metadata.annotations?.[platformLabels.requeuedFrom],
  };
}

function usedNodes({ status }: ClusterQueue): number {
  const rows = (status?.flavorsUsage ?? []).flatMap(({ resources }) => resources);
  return Number(rows.find(({ name }) => name === "nvidia.com/gpu")?.total ?? 0) / acceleratorsPerNode;
}
