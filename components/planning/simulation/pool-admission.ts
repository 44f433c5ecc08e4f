/** Admission in one pool: cycles that look at the head of every queue at once, as Kueue's scheduler does. */
import { fairVictims } from "./fair-preemption.ts";
import { type BoardPool, NodeBoard, type NodeShare } from "./node-board.ts";
import { type Preemptor, reclaimVictims, type Victim } from "./preemption.ts";
import { CohortLedger } from "./quota-ledger.ts";
import type { Workload } from "./workload.ts";
import { type SimulatedQueue, WorkloadQueue } from "./workload-queue.ts";

export interface AdmissionSettings {
  /** Idle accelerators are divided by weight instead of first come, first served. */
  readonly fairSharing: boolean;
  /** Jobs need nodes as well as quota; without, a pool is one heap of accelerators. */
  readonly nodes: boolean;
  /** Who waits for victims to leave goes before all others (Kueue's gate PrioritizePreemptorWorkloads). */
  readonly prioritizePreemptors: boolean;
}

/** What one cycle did. */
export interface Cycle {
  readonly admitted: readonly Workload[];
  /** Told to leave by this cycle. */
  readonly preempted: readonly Victim[];
  /** Whether another cycle could do more. */
  readonly hasChanged: boolean;
}

interface Cohort {
  readonly ledger: CohortLedger;
  readonly queues: WorkloadQueue[];
}

/** A head with what could be done for it. */
interface Nomination {
  readonly workload: Workload;
  readonly queue: WorkloadQueue;
  readonly cohort: Cohort;
  readonly mode: "fit" | "preempt" | "none";
  readonly borrows: boolean;
  readonly victims: readonly Victim[];
  readonly placement: readonly NodeShare[];
}

export class PoolAdmission {
  settings: AdmissionSettings;
  private readonly cohorts = new Map<string, Cohort>();
  private readonly queues = new Map<string, WorkloadQueue>();
  private readonly board: NodeBoard | undefined;

  constructor(pool: BoardPool, queues: readonly SimulatedQueue[], settings: AdmissionSettings) {
    this.settings = settings;
    this.board = settings.nodes ? new NodeBoard(pool) : undefined;
    for (const queue of queues) {
      const cohort = this.cohorts.get(queue.cohort) ?? { ledger: new CohortLedger(), queues: [] };
      this.cohorts.set(queue.cohort, cohort);
      const added = new WorkloadQueue(queue, cohort.ledger);
      cohort.queues.push(added);
      this.queues.set(queue.team, added);
    }
  }

  queueOf(team: string): WorkloadQueue | undefined {
    return this.queues.get(team);
  }

  /** Looks once at the head of every queue. */
  cycle(): Cycle {
    const left = this.nominate();
    const admitted: Workload[] = [];
    const preemptors: Nomination[] = [];
    let refused = 0;
    for (let next = this.pick(left); next; next = this.pick(left)) {
      const outcome = this.settle(next, preemptors);
      if (outcome === "admitted") admitted.push(next.workload);
      if (outcome === "refused") refused += 1;
    }
    // What is promised to preemptors counts for the cycle only; they come again once their victims are gone.
    for (const { queue, workload, placement } of preemptors) {
      queue.ledger.change(-workload.size);
      this.board?.occupy(placement, workload.job.acceleratorsPerNode, -1);
    }
    const victims = preemptors.flatMap((preemptor) => preemptor.victims);
    const preempted = victims.filter(({ workload }) => workload.state === "running");
    return { admitted, preempted, hasChanged: admitted.length + preempted.length + refused > 0 };
  }

  /** A job that ran gives back its quota and its nodes; everything in its cohort is worth a look again. */
  release(workload: Workload): void {
    const queue = this.queueOf(workload.job.team);
    if (!queue) return;
    queue.release(workload);
    this.board?.occupy(workload.placement, workload.job.acceleratorsPerNode, -1);
    for (const cohort of this.cohorts.values()) {
      if (cohort.queues.includes(queue)) for (const other of cohort.queues) other.reconsider();
    }
  }

  /** Everything is worth a look again, as after a restart. */
  reconsider(): void {
    for (const queue of this.queues.values()) queue.reconsider();
  }

  private nominate(): Nomination[] {
    return [...this.cohorts.values()].flatMap((cohort) =>
      cohort.queues.flatMap((queue) => {
        const workload = queue.head();
        return workload ? [this.assess(workload, queue, cohort)] : [];
      }),
    );
  }

  /** Whether the job fits, whom it would have to preempt otherwise, or that it must wait. */
  private assess(workload: Workload, queue: WorkloadQueue, cohort: Cohort): Nomination {
    const { ledger } = queue;
    const borrows = ledger.borrowsWith(workload.size);
    const nomination = { workload, queue, cohort, borrows, victims: [], placement: [] };
    if (workload.size > ledger.ceiling()) return { ...nomination, mode: "none" };
    const hasQuota = workload.size <= ledger.available();
    if (!hasQuota && !ledger.owns(workload.size) && !this.settings.fairSharing) {
      return { ...nomination, mode: "none" };
    }
    const placement = this.board && hasQuota ? this.board.place(workload.job) : [];
    if (hasQuota && placement) return { ...nomination, mode: "fit", placement };
    // Nodes that no preemption can make are not worth one.
    if (this.board && !this.board.couldEverPlace(workload.job)) return { ...nomination, mode: "none" };
    return this.preemption(nomination, hasQuota);
  }

  private preemption(nomination: Omit<Nomination, "mode">, hasQuota: boolean): Nomination {
    const { workload, queue, cohort } = nomination;
    const others = cohort.queues.filter((other) => other !== queue);
    const choose = this.settings.fairSharing ? fairVictims : reclaimVictims;
    const preemptor: Preemptor = { workload, queue, others, board: this.board };
    const victims = choose(preemptor);
    // Kueue decides whether the job will borrow by quota alone, before it looks for nodes.
    const quotaVictims = this.board && !hasQuota ? choose({ ...preemptor, board: undefined }) : victims;
    const borrows = hasQuota ? nomination.borrows : this.without(quotaVictims, () => borrowsNow(nomination));
    if (victims.length === 0) return { ...nomination, mode: "preempt", borrows };
    const placement = this.without(victims, () => this.board?.place(workload.job)) ?? [];
    return { ...nomination, mode: "preempt", borrows, victims, placement };
  }

  /** The answer to a question asked as if some had gone. */
  private without<Answer>(victims: readonly Victim[], ask: () => Answer): Answer {
    for (const victim of victims) this.move(victim, -1);
    const answer = ask();
    for (const victim of victims) this.move(victim, 1);
    return answer;
  }

  private move({ workload, queue }: Pick<Victim, "workload" | "queue">, factor: 1 | -1): void {
    queue.ledger.change(factor * workload.size);
    this.board?.occupy(workload.placement, workload.job.acceleratorsPerNode, factor);
  }

  private settle(first: Nomination, preemptors: Nomination[]): "admitted" | "refused" | "left" {
    const promised = preemptors.flatMap(({ victims }) => victims);
    const nomination = this.refreshed(first, promised);
    const { workload, queue, mode, victims, placement } = nomination;
    if (mode === "none" || (mode === "preempt" && victims.length === 0)) {
      queue.refuse(workload);
      return "refused";
    }
    if (victims.some((victim) => promised.some((other) => other.workload === victim.workload))) return "left";
    if (this.room(nomination, promised) !== "enough") return "left";
    if (mode === "preempt") {
      queue.ledger.change(workload.size);
      this.board?.occupy(placement, workload.job.acceleratorsPerNode, 1);
      queue.stay(workload);
      preemptors.push(nomination);
      return "left";
    }
    workload.placement = placement;
    this.board?.occupy(placement, workload.job.acceleratorsPerNode, 1);
    queue.admit(workload);
    return "admitted";
  }

  /** Nodes that another head of the cycle took meanwhile are chosen anew. */
  private refreshed(nomination: Nomination, promised: readonly Victim[]): Nomination {
    if (nomination.mode === "none" || this.room(nomination, promised) !== "no nodes") return nomination;
    return this.assess(nomination.workload, nomination.queue, nomination.cohort);
  }

  private room(nomination: Nomination, promised: readonly Victim[]): "enough" | "no quota" | "no nodes" {
    const { workload, queue, placement } = nomination;
    const gone = [
      ...new Map([...promised, ...nomination.victims].map((found) => [found.workload, found])).values(),
    ];
    return this.without(gone, () => {
      if (workload.size > queue.ledger.available()) return "no quota";
      const isFree = this.board?.holds(placement, workload.job.acceleratorsPerNode) ?? true;
      return isFree ? "enough" : "no nodes";
    });
  }

  /** Removes and returns the nomination that Kueue would process next. */
  private pick(left: Nomination[]): Nomination | undefined {
    let best: Nomination | undefined;
    for (const nomination of left) {
      if (!best || this.compare(nomination, best) < 0) best = nomination;
    }
    if (best) left.splice(left.indexOf(best), 1);
    return best;
  }

  private compare(a: Nomination, b: Nomination): number {
    if (this.settings.prioritizePreemptors) {
      const preempting = Number(isPreemptor(b)) - Number(isPreemptor(a));
      if (preempting !== 0) return preempting;
    }
    const borrowing = this.settings.fairSharing
      ? Number(borrowsNow(a)) - Number(borrowsNow(b)) || shareWith(a) - shareWith(b)
      : Number(a.borrows) - Number(b.borrows);
    return (
      borrowing || b.workload.job.priority - a.workload.job.priority || a.workload.order - b.workload.order
    );
  }
}

function isPreemptor({ queue, workload }: Nomination): boolean {
  return queue.isPreemptor(workload);
}

function borrowsNow({ queue, workload }: Pick<Nomination, "queue" | "workload">): boolean {
  return queue.ledger.borrowsWith(workload.size);
}

/** The queue's share once the job runs. */
function shareWith({ queue, workload }: Nomination): number {
  queue.ledger.change(workload.size);
  const share = queue.ledger.share();
  queue.ledger.change(-workload.size);
  return share;
}
