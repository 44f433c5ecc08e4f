/** Valid simulated jobs and queues, of which each case changes what it is about. */
import type {
  QueueSimulator,
  SimulatorOptions,
} from "../../components/planning/simulation/queue-simulator.ts";
import type { SimulatedJob } from "../../components/planning/simulation/workload.ts";
import type { SimulatedQueue } from "../../components/planning/simulation/workload-queue.ts";

export function makeJob(change: Partial<SimulatedJob> = {}): SimulatedJob {
  return {
    name: "a",
    team: "red",
    pool: "p",
    nodes: 1,
    acceleratorsPerNode: 8,
    priority: 500,
    submittedSeconds: 0,
    durationSeconds: 100,
    ...change,
  };
}

export function makeQueue(change: Partial<SimulatedQueue> = {}): SimulatedQueue {
  return { team: "red", pool: "p", cohort: "c", accelerators: 16, borrowingLimit: 0, ...change };
}

export function makeOptions(change: Partial<SimulatorOptions> = {}): SimulatorOptions {
  return {
    pools: [{ name: "p", nodes: 4, acceleratorsPerNode: 8, nodesPerRack: 2, racksPerBlock: 4 }],
    queues: [makeQueue()],
    fairSharing: false,
    nodes: true,
    prioritizePreemptors: false,
    checkpointSeconds: 0,
    terminationSeconds: 0,
    ...change,
  };
}

/** Submits a job and lets the queues settle; tells the job's state. */
export function submit(simulator: QueueSimulator, change: Partial<SimulatedJob> = {}) {
  const workload = simulator.submit(makeJob(change));
  if (!workload) throw new Error("the team has no queue there");
  simulator.settle();
  return workload;
}
