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
  /** Time that the pods of a preempted job take to go; they hold their accelerators until then. */
  readonly terminationSeconds: number;
}

/** Jobs that began to run, and jobs that were told to leave and have not gone yet. */
export interface Settled {
  readonly started: readonly Workload[];
  readonly leaving: readonly Workload[];
}

/** A settled state needs a few cycles per head; more than this are jobs that preempt each other for ever. */
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

  /** The pods of a preempted job are gone. */
  remove(workload: Workload): void {
    const admission = this.admissions.get(workload.job.pool);
    admission?.release(workload);
    workload.leave(this.now);
    admission?.queueOf(workload.job.team)?.add(workload);
  }

  /** Runs cycles until nobody moves. */
  settle(): Settled {
    const moved = new Set<Workload>();
    for (const admission of this.admissions.values()) this.settlePool(admission, moved);
    return {
      started: [...moved].filter(({ state }) => state === "running"),
      leaving: [...moved].filter(({ state }) => state === "leaving"),
    };
  }

  /** Changes fair sharing while jobs run, as a restarted Kueue would. */
  setFairSharing(fairSharing: boolean): void {
    for (const admission of this.admissions.values()) {
      admission.settings = { ...admission.settings, fairSharing };
      admission.reconsider();
    }
  }

  private settlePool(admission: PoolAdmission, moved: Set<Workload>): void {
    for (let cycles = 0; cycles < maxCycles; cycles += 1) {
      const { admitted, preempted, hasChanged } = admission.cycle();
      if (!hasChanged) return;
      for (const workload of admitted) {
        this.admissionsSoFar += 1;
        workload.start(this.now, this.admissionsSoFar);
        moved.add(workload);
      }
      for (const { workload, reason } of preempted) {
        workload.preempt(this.now, reason, this.options.checkpointSeconds);
        moved.add(workload);
        if (this.options.terminationSeconds === 0) this.remove(workload);
      }
    }
    throw new Error("jobs preempt each other without end; give them time to terminate");
  }
}
