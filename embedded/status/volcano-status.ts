/** Queues and gangs of Volcano, in the words of the status. */
import { acceleratorResourcePattern, platformLabels } from "../../components/catalogue/labels.ts";
import type { QueueStatus, WorkloadStatus } from "./platform-status.ts";
import type { PodGroup, VolcanoJob, VolcanoQueue } from "./volcano-objects.ts";

type Amounts = Readonly<Record<string, string>>;

/** The queues of teams; those that only hold others are left out. */
export function volcanoQueueStatuses(
  queues: readonly VolcanoQueue[],
  jobs: readonly VolcanoJob[],
): QueueStatus[] {
  return queues.flatMap(({ metadata, spec, status }) => {
    const team = metadata.labels?.[platformLabels.team];
    if (team === undefined) return [];
    const nominal = acceleratorsIn(spec.deserved);
    const used = acceleratorsIn(status?.allocated);
    const own = jobs.filter((job) => job.spec.queue === metadata.name);
    return [
      {
        name: metadata.name,
        team,
        pool: metadata.labels?.[platformLabels.pool] ?? "",
        nominal,
        used,
        borrowed: Math.max(0, used - nominal),
        pending: own.filter((job) => stateOf(job) === "Waiting").length,
      },
    ];
  });
}

/** The gangs that teams submitted, and why those that wait do. */
export function volcanoWorkloadStatuses(
  jobs: readonly VolcanoJob[],
  podGroups: readonly PodGroup[],
): WorkloadStatus[] {
  return jobs.map((job) => {
    const { name, namespace } = job.metadata;
    const accelerators = job.spec.tasks.reduce(
      (sum, { replicas, template }) =>
        sum +
        replicas *
          (template.spec?.containers ?? []).reduce(
            (own, { resources }) => own + acceleratorsIn(resources?.limits),
            0,
          ),
      0,
    );
    const state = stateOf(job);
    const group = podGroups.find(
      ({ metadata }) => metadata.namespace === namespace && isOwnedBy(metadata, job.metadata.uid),
    );
    const waiting = group?.status?.conditions?.findLast(({ type }) => type === "Unschedulable");
    const phase = job.status?.state?.phase;
    return {
      name,
      team: namespace,
      queue: job.spec.queue,
      accelerators,
      state,
      reason: state === "Waiting" ? (waiting?.message ?? "Volcano has not looked at it yet") : (phase ?? ""),
    };
  });
}

const states: Readonly<Record<string, WorkloadStatus["state"]>> = {
  Running: "Running",
  Completing: "Running",
  Completed: "Finished",
  Failed: "Finished",
  Terminated: "Finished",
  Aborted: "Inactive",
};

function stateOf({ status }: VolcanoJob): WorkloadStatus["state"] {
  return states[status?.state?.phase ?? ""] ?? "Waiting";
}

function isOwnedBy({ ownerReferences = [] }: PodGroup["metadata"], uid: string): boolean {
  return ownerReferences.some((owner) => owner.uid === uid);
}

function acceleratorsIn(amounts: Amounts | undefined): number {
  return Object.entries(amounts ?? {})
    .filter(([resource]) => acceleratorResourcePattern.test(resource))
    .reduce((sum, [, amount]) => sum + Number(amount), 0);
}
