/**
 * What queues hold and may still take, counted as Kueue counts one resource of one flavor: a queue's own
 * quota first, of which a lending limit keeps a part from the cohort, then what the cohort has left.
 */

export interface QueueQuotas {
  /** Nominal quota. */
  readonly accelerators: number;
  readonly borrowingLimit: number;
  /** Undefined lends all. */
  readonly lendingLimit?: number;
  /** Default: 1. */
  readonly fairSharingWeight?: number;
}

/** What the queues of a cohort lend each other. */
export class CohortLedger {
  /** All that its queues lend. */
  lent = 0;
  /** What is used of that. */
  used = 0;
}

export class QueueLedger {
  usage = 0;
  readonly cohort: CohortLedger;
  private readonly quotas: QueueQuotas;
  /** The part of the quota that the cohort never sees. */
  private readonly reserve: number;

  constructor(quotas: QueueQuotas, cohort: CohortLedger) {
    this.quotas = quotas;
    this.cohort = cohort;
    this.reserve = Math.max(0, quotas.accelerators - (quotas.lendingLimit ?? quotas.accelerators));
    cohort.lent += quotas.accelerators - this.reserve;
  }

  /** Takes accelerators, or gives them back when negative. */
  change(accelerators: number): void {
    const before = this.usedOfCohort();
    this.usage += accelerators;
    this.cohort.used += this.usedOfCohort() - before;
  }

  /** What may be taken now. */
  available(): number {
    const left = this.cohort.lent - this.cohort.used;
    const own = this.quotas.accelerators - this.reserve - this.usedOfCohort();
    const fromCohort = Math.min(own + this.quotas.borrowingLimit, left);
    return Math.max(0, Math.max(0, this.reserve - this.usage) + fromCohort);
  }

  /** The most that may be held when nobody else holds anything. */
  ceiling(): number {
    const own = this.quotas.accelerators + this.quotas.borrowingLimit;
    return Math.min(own, this.reserve + this.cohort.lent);
  }

  /** Whether the queue holds more than its own quota once it has taken so many more. */
  borrowsWith(accelerators: number): boolean {
    return this.usage + accelerators > this.quotas.accelerators;
  }

  /** Whether so many could stand inside the queue's own quota. */
  owns(accelerators: number): boolean {
    return accelerators <= this.quotas.accelerators;
  }

  /** Whether part of the queue's own quota is unused. */
  isUnderQuota(): boolean {
    return this.usage < this.quotas.accelerators;
  }

  /** Kueue's weighted share: what is borrowed, in thousandths of what the cohort lends, by weight. */
  share(): number {
    const borrowed = this.usage - this.quotas.accelerators;
    if (borrowed <= 0 || this.cohort.lent <= 0) return 0;
    return (borrowed * 1000) / this.cohort.lent / (this.quotas.fairSharingWeight ?? 1);
  }

  private usedOfCohort(): number {
    return Math.max(0, this.usage - this.reserve);
  }
}
