/** A team's queue in a pool, best effort first in first out: what waits, what runs, what it holds. */
import { type CohortLedger, QueueLedger, type QueueQuotas } from "./quota-ledger.ts";
import type { Workload } from "./workload.ts";

export interface SimulatedQueue extends QueueQuotas {
  readonly team: string;
  readonly pool: string;
  readonly cohort: string;
}

export class WorkloadQueue {
  readonly team: string;
  readonly ledger: QueueLedger;
  readonly running = new Set<Workload>();
  /** Preempts at the moment, so it stays at the head until it runs. */
  private preemptor: Workload | undefined;
  /** By shape, oldest first. */
  private readonly waiting = new Map<string, Workload[]>();
  /** Shapes of which one was refused since the cohort last got something back. */
  private readonly refused = new Set<string>();

  constructor(queue: SimulatedQueue, cohort: CohortLedger) {
    this.team = queue.team;
    this.ledger = new QueueLedger(queue, cohort);
  }

  get waitingCount(): number {
    let count = 0;
    for (const workloads of this.waiting.values()) count += workloads.length;
    return count;
  }

  add(workload: Workload): void {
    const alike = this.waiting.get(workload.shape);
    if (!alike) {
      this.waiting.set(workload.shape, [workload]);
      return;
    }
    // A preempted job keeps its age, so it may belong before those that wait.
    let index = alike.length;
    while (index > 0 && (alike[index - 1]?.order ?? 0) > workload.order) index -= 1;
    alike.splice(index, 0, workload);
  }

  /** The next to be looked at: the highest priority, then the oldest; undefined if none is worth a look. */
  head(): Workload | undefined {
    if (this.preemptor && !this.refused.has(this.preemptor.shape)) return this.preemptor;
    let best: Workload | undefined;
    for (const [shape, [first]] of this.waiting) {
      if (first && !this.refused.has(shape) && (!best || goesBefore(first, best))) best = first;
    }
    return best;
  }

  isPreemptor(workload: Workload): boolean {
    return this.preemptor === workload;
  }

  /** It and all like it wait until the cohort gets something back. */
  refuse(workload: Workload): void {
    this.refused.add(workload.shape);
  }

  /** Something was given back: everything is worth a look again. */
  reconsider(): void {
    this.refused.clear();
  }

  stay(preemptor: Workload): void {
    this.preemptor = preemptor;
  }

  admit(workload: Workload): void {
    if (this.preemptor === workload) this.preemptor = undefined;
    const alike = this.waiting.get(workload.shape) ?? [];
    alike.splice(alike.indexOf(workload), 1);
    if (alike.length === 0) this.waiting.delete(workload.shape);
    this.running.add(workload);
    this.ledger.change(workload.size);
  }

  /** A running job gives everything back. */
  release(workload: Workload): void {
    this.running.delete(workload);
    this.ledger.change(-workload.size);
  }
}

function goesBefore(a: Workload, b: Workload): boolean {
  return a.job.priority !== b.job.priority ? a.job.priority > b.job.priority : a.order < b.order;
}
