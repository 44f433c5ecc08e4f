/** What Kueue holds of a team's jobs, and what of them is there, as tests compare it. */
import type { V1Job, V1Pod } from "@kubernetes/client-node";
import type { Workload } from "../../embedded/status/kueue-objects.ts";
import { readPlatformStatus } from "../../embedded/status/platform-status.ts";
import type { TestPlatform } from "./platform.ts";

const workloadsPath = (team: string) => `/apis/kueue.x-k8s.io/v1beta2/namespaces/${team}/workloads`;

/** The workload of a Job, once there is one. */
export async function workloadOf(
  platform: TestPlatform,
  team: string,
  job: string,
): Promise<Workload | undefined> {
  const all = await platform.api.list<Workload>(workloadsPath(team));
  return all.find(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === job));
}

/** By check: how it stands for a workload. */
export function checkStates(workload: Workload | undefined): Record<string, string> {
  return Object.fromEntries(
    (workload?.status?.admissionChecks ?? []).map(({ name, state }) => [name, state]),
  );
}

/** Names of a team's Jobs, of the owners of its workloads, and the nodes of its pods. */
export async function teamContents({ api }: TestPlatform, team: string) {
  const [jobs, workloads, pods] = await Promise.all([
    api.list<V1Job>(`/apis/batch/v1/namespaces/${team}/jobs`),
    api.list<Workload>(workloadsPath(team)),
    api.list<V1Pod>(`/api/v1/namespaces/${team}/pods`),
  ]);
  return {
    jobs: jobs.map(({ metadata }) => metadata?.name ?? "").sort(),
    workloads: workloads.map(({ metadata }) => metadata.ownerReferences?.[0]?.name ?? "no owner").sort(),
    nodes: pods.map(({ spec }) => spec?.nodeName ?? "no node").sort(),
  };
}

/** What `status` tells of one job. */
export async function toldOf({ api }: TestPlatform, job: string): Promise<string | undefined> {
  const { workloads } = await readPlatformStatus(api);
  const told = workloads.find(({ name }) => name === job);
  return told && `${told.state}: ${told.reason}`;
}
