/** Other clusters that jobs are sent to, and whether Kueue reaches them. */
import type { MultiKueueCluster } from "./kueue-objects.ts";

export interface WorkerClusterStatus {
  name: string;
  state: "Connected" | "Unreachable";
  /** What Kueue says of it, in its own words. */
  reason: string;
}

export function workerClusters(clusters: readonly MultiKueueCluster[]): WorkerClusterStatus[] {
  return clusters.map(({ metadata, status }) => {
    const active = status?.conditions?.find(({ type }) => type === "Active");
    return {
      name: metadata.name,
      state: active?.status === "True" ? "Connected" : "Unreachable",
      reason: active?.message ?? "Kueue has not looked at it yet",
    };
  });
}
