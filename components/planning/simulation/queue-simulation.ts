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

interface Event {
  readonly at: number;
  readonly kind: "end" | "gone";
  readonly workload: Workload;
  readonly admission: number;
}

/** Ends of running jobs and of leaving ones, soonest first; what a preemption made void is passed over. */
class Events {
  private readonly heap: Event[] = [];

  push(at: number, kind: Event["kind"], workload: Workload): void {
    const { heap } = this;
    heap.push({ at, kind, workload, admission: workload.admission });
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.isBefore(child, parent)) break;
      this.swap(child, parent);
      child = parent;
    }
  }

  nextSeconds(): number {
    for (let top = this.heap[0]; top; top = this.heap[0]) {
      if (isValid(top)) return top.at;
      this.removeTop();
    }
    return Number.POSITIVE_INFINITY;
  }

  pop(): Event {
    const top = this.heap[0];
    if (!top) throw new Error("no job runs");
    this.removeTop();
    return top;
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

function isValid({ kind, workload, admission }: Event): boolean {
  return workload.admission === admission && workload.state === (kind === "end" ? "running" : "leaving");
}

/** What ends at an instant ends before what is submitted then; admission follows both. */
export function simulateQueues(options: SimulationOptions): Simulation {
  const { untilSeconds = Number.POSITIVE_INFINITY } = options;
  const jobs = options.jobs.toSorted((a, b) => a.submittedSeconds - b.submittedSeconds);
  const simulator = new QueueSimulator(options);
  const workloads: Workload[] = [];
  const unqueued: SimulatedJob[] = [];
  const events = new Events();
  let submitted = 0;
  let now = jobs[0]?.submittedSeconds ?? 0;
  const firstSeconds = now;
  for (;;) {
    const next = Math.min(
      jobs[submitted]?.submittedSeconds ?? Number.POSITIVE_INFINITY,
      events.nextSeconds(),
    );
    if (next > untilSeconds || next === Number.POSITIVE_INFINITY) break;
    now = next;
    simulator.advance(now);
    while (events.nextSeconds() <= now) {
      const { kind, workload } = events.pop();
      if (kind === "end") simulator.finish(workload);
      else simulator.remove(workload);
    }
    for (let job = jobs[submitted]; job && job.submittedSeconds <= now; job = jobs[submitted]) {
      const workload = simulator.submit(job);
      if (workload) workloads.push(workload);
      else unqueued.push(job);
      submitted += 1;
    }
    const { started, leaving } = simulator.settle();
    for (const workload of started) events.push(workload.endSeconds(), "end", workload);
    for (const workload of leaving) events.push(now + options.terminationSeconds, "gone", workload);
  }
  const lastSeconds = untilSeconds === Number.POSITIVE_INFINITY ? now : untilSeconds;
  return { workloads, unqueued, firstSeconds, lastSeconds };
}
