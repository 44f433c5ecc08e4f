/** Queues of several pools over simulated time: jobs are submitted, admitted, preempted, and finish. */
import type { BoardPool } from "./node-board.ts";
import { type AdmissionSettings, PoolAdmission } from "./pool-admission.ts";
import { type SimulatedJob, Workload } from "./workload.ts";
import type { SimulatedQueue } from "./workload-queue.ts";

export interface SimulatorOptions extends AdmissionSettings {
  readonly pools: readonly BoardPool[];
  readonly queues: readonly SimulatedQueue[];
  /** A preempted job keeps its work up to the last multiple of this; 0: it starts over. */
  readonly checkpointSeconds: number;
}

/** A settled state needs a few cycles per head; more than this means jobs that preempt each other for ever. */
const maxCycles = 100_000;

export class QueueSimulator {
  private readonly options: SimulatorOptions;
  private readonly admissions: ReadonlyMap<string, PoolAdmission>;
  private submissions = 0;
  private admissionsSoFar = 0;
  private now = 0;

  constructor(options: SimulatorOptions) {
    this.options = options;
    this.admissions = new Map(
      options.pools.map((pool) => [
        pool.name,
        new PoolAdmission(
          pool,
          options.queues.filter((queue) => queue.pool === pool.name),
          options,
        ),
      ]),
    );
  }

  /** Time only goes forward. */
  advance(now: number): void {
    if (now < this.now) throw new Error(`time went from ${this.now} back to ${now}`);
    this.now = now;
  }

  /** Undefined when the team has no queue in the pool: such a job is never seen by any. */
  submit(job: SimulatedJob): Workload | undefined {
    const queue = this.admissions.get(job.pool)?.queueOf(job.team);
    if (!queue) return undefined;
    const workload = new Workload(job, this.submissions);
    this.submissions += 1;
    queue.add(workload);
    return workload;
  }

  finish(workload: Workload): void {
    this.admissions.get(workload.job.pool)?.release(workload);
    workload.finish(this.now);
  }

  /** Runs cycles until nobody moves; tells whom it started. */
  settle(): Workload[] {
    const started: Workload[] = [];
    for (const admission of this.admissions.values()) started.push(...this.settlePool(admission));
    return started.filter(({ state }) => state === "running");
  }

  /** Changes fair sharing while jobs run, as a restarted Kueue would. */
  setFairSharing(fairSharing: boolean): void {
    for (const admission of this.admissions.values()) {
      admission.settings = { ...admission.settings, fairSharing };
      admission.reconsider();
    }
  }

  private settlePool(admission: PoolAdmission): Workload[] {
    const started: Workload[] = [];
    let cycles = 0;
    for (let cycle = admission.cycle(); cycle; cycle = admission.cycle()) {
      cycles += 1;
      if (cycles > maxCycles) throw new Error("jobs preempt each other without end");
      for (const workload of cycle.admitted) {
        this.admissionsSoFar += 1;
        workload.start(this.now, this.admissionsSoFar);
        started.push(workload);
      }
      for (const { workload, queue, reason } of cycle.preempted) {
        admission.release(workload);
        workload.preempt(this.now, reason, this.options.checkpointSeconds);
        queue.add(workload);
      }
    }
    return started;
  }
}
