/** Notebooks as their people ask for them: whose, whether it runs, and why not. */
import { notebookLabels } from "../../components/catalogue/labels.ts";
import type { WorkloadStatus } from "./platform-status.ts";

export interface NotebookStatus {
  name: string;
  team: string;
  owner: string;
  accelerators: number;
  state: WorkloadStatus["state"];
  reason: string;
}

/** As much of its StatefulSet as the status reads. */
export interface NotebookObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly replicas?: number };
}

/** One row per notebook; what runs or waits has a workload, of the same name. */
export function notebookStatuses(
  notebooks: readonly NotebookObject[],
  workloads: readonly WorkloadStatus[],
): NotebookStatus[] {
  return notebooks.map(({ metadata, spec }) => {
    const { name, namespace: team, annotations } = metadata;
    const workload = workloads.find((row) => row.name === name && row.team === team);
    return {
      name,
      team,
      owner: annotations?.[notebookLabels.owner] ?? "",
      accelerators: workload?.accelerators ?? 0,
      ...(spec.replicas === 0
        ? { state: "Stopped", reason: stoppedReason(name, team, annotations) }
        : {
            state: workload?.state ?? "Waiting",
            reason: workload?.reason ?? "Kueue has not looked at it yet",
          }),
    };
  });
}

function stoppedReason(name: string, team: string, annotations: NotebookObject["metadata"]["annotations"]) {
  const { [notebookLabels.culledAt]: culledAt, [notebookLabels.cullAfterIdle]: minutes } = annotations ?? {};
  const reason = culledAt
    ? `not used for ${minutes} minutes, stopped at ${culledAt}`
    : "stopped by its people";
  return `${reason}; start it with kubectl scale -n ${team} statefulset ${name} --replicas=1`;
}
