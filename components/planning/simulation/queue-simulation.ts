/** Plays a list of jobs through simulated queues from the first submission to the last end. */
import { QueueSimulator, type SimulatorOptions } from "./queue-simulator.ts";
import type { SimulatedJob, Workload } from "./workload.ts";

export interface Simulation {
  /** In the order of submission; a job that its queue can never hold stays waiting. */
  readonly workloads: readonly Workload[];
  /** Jobs whose team has no queue in their pool. */
  readonly unqueued: readonly SimulatedJob[];
  /** First submission and last end. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

export interface SimulationOptions extends SimulatorOptions {
  readonly jobs: readonly SimulatedJob[];
  /** Stops here, whatever still runs or waits. Default: never. */
  readonly untilSeconds?: number;
}

/** Ends of running jobs, soonest first; an end that a preemption made void is passed over. */
class Ends {
  private readonly heap: { readonly at: number; readonly workload: Workload; readonly admission: number }[] =
    [];

  push(workload: Workload): void {
    const { heap } = this;
    heap.push({ at: workload.endSeconds(), workload, admission: workload.admission });
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.isBefore(child, parent)) break;
      this.swap(child, parent);
      child = parent;
    }
  }

  /** When the next running job ends. */
  nextSeconds(): number {
    for (let top = this.heap[0]; top; top = this.heap[0]) {
      if (top.workload.state === "running" && top.workload.admission === top.admission) return top.at;
      this.removeTop();
    }
    return Number.POSITIVE_INFINITY;
  }

  pop(): Workload {
    const top = this.heap[0];
    if (!top) throw new Error("no job runs");
    this.removeTop();
    return top.workload;
  }

  private removeTop(): void {
    const last = this.heap.pop();
    if (!last || this.heap.length === 0) return;
    this.heap[0] = last;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.heap.length && this.isBefore(child, least)) least = child;
      }
      if (least === parent) return;
      this.swap(parent, least);
      parent = least;
    }
  }

  /** Of two that end at once, the one admitted first. */
  private isBefore(a: number, b: number): boolean {
    const [first, second] = [this.heap[a], this.heap[b]];
    if (!first || !second) return false;
    return first.at !== second.at ? first.at < second.at : first.admission < second.admission;
  }

  private swap(a: number, b: number): void {
    const [first, second] = [this.heap[a], this.heap[b]];
    if (!first || !second) return;
    this.heap[a] = second;
    this.heap[b] = first;
  }
}

/** What ends at an instant ends before what is submitted then; admission follows both. */
export function simulateQueues(options: SimulationOptions): Simulation {
  const { untilSeconds = Number.POSITIVE_INFINITY } = options;
  const jobs = options.jobs.toSorted((a, b) => a.submittedSeconds - b.submittedSeconds);
  const simulator = new QueueSimulator(options);
  const workloads: Workload[] = [];
  const unqueued: SimulatedJob[] = [];
  const ends = new Ends();
  let submitted = 0;
  let now = jobs[0]?.submittedSeconds ?? 0;
  const firstSeconds = now;
  for (;;) {
    const next = Math.min(jobs[submitted]?.submittedSeconds ?? Number.POSITIVE_INFINITY, ends.nextSeconds());
    if (next > untilSeconds || next === Number.POSITIVE_INFINITY) break;
    now = next;
    simulator.advance(now);
    while (ends.nextSeconds() <= now) simulator.finish(ends.pop());
    for (let job = jobs[submitted]; job && job.submittedSeconds <= now; job = jobs[submitted]) {
      const workload = simulator.submit(job);
      if (workload) workloads.push(workload);
      else unqueued.push(job);
      submitted += 1;
    }
    for (const workload of new Set(simulator.settle())) ends.push(workload);
  }
  const lastSeconds = untilSeconds === Number.POSITIVE_INFINITY ? now : untilSeconds;
  return { workloads, unqueued, firstSeconds, lastSeconds };
}
