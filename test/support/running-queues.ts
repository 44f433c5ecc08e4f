/** Queues of one cohort with jobs that run already, and one new job of team red that needs room. */
import type { Preemptor } from "../../components/planning/simulation/preemption.ts";
import { CohortLedger } from "../../components/planning/simulation/quota-ledger.ts";
import { type SimulatedJob, Workload } from "../../components/planning/simulation/workload.ts";
import { type SimulatedQueue, WorkloadQueue } from "../../components/planning/simulation/workload-queue.ts";
import { makeJob, makeQueue } from "./simulated-jobs.ts";

export interface RunningQueue extends Partial<SimulatedQueue> {
  /** Oldest admission first, over all queues as they are listed. */
  readonly runs?: readonly Partial<SimulatedJob>[];
}

/** The first queue is red's. */
export function makeRunning(queues: readonly RunningQueue[], job: Partial<SimulatedJob> = {}) {
  const cohort = new CohortLedger();
  const workloads: Workload[] = [];
  const made = queues.map(({ runs = [], ...change }) => {
    const queue = new WorkloadQueue(makeQueue(change), cohort);
    for (const run of runs) {
      const workload = new Workload(makeJob({ team: queue.team, ...run }), workloads.length);
      workloads.push(workload);
      queue.add(workload);
      queue.admit(workload);
      workload.start(0, workloads.length);
    }
    return queue;
  });
  const [queue, ...others] = made;
  if (!queue) throw new Error("red has no queue");
  const workload = new Workload(makeJob(job), workloads.length);
  const preemptor: Preemptor = { workload, queue, others, board: undefined };
  return { preemptor, workloads, usages: () => [...made.map(({ ledger }) => ledger.usage), cohort.used] };
}
