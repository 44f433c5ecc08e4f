/** Whom a job may preempt: Kueue's reclaimWithinCohort Any and withinClusterQueue LowerPriority. */
import type { NodeBoard } from "./node-board.ts";
import type { PreemptionReason, Workload } from "./workload.ts";
import type { WorkloadQueue } from "./workload-queue.ts";

export interface Preemptor {
  readonly workload: Workload;
  readonly queue: WorkloadQueue;
  /** The other queues of its cohort. */
  readonly others: readonly WorkloadQueue[];
  /** Nodes, if they are simulated and the question is not about quota alone. */
  readonly board: NodeBoard | undefined;
}

export interface Victim {
  readonly workload: Workload;
  readonly queue: WorkloadQueue;
  readonly reason: PreemptionReason;
}

type Candidate = Omit<Victim, "reason">;

/** Running jobs of lower priority in the preemptor's own queue. */
export function ownCandidates({ workload, queue }: Preemptor): Candidate[] {
  const found: Candidate[] = [];
  for (const running of queue.running) {
    if (running.job.priority < workload.job.priority) found.push({ workload: running, queue });
  }
  return found.sort(byCost);
}

/** Running jobs of queues that hold more than their own quota. */
export function cohortCandidates({ others }: Preemptor): Candidate[] {
  const found: Candidate[] = [];
  for (const queue of others) {
    if (!queue.ledger.borrowsWith(0)) continue;
    for (const workload of queue.running) found.push({ workload, queue });
  }
  return found.sort(byCost);
}

/** Those that leave anyway, then the lowest priority, then the newest. */
export function byCost({ workload: a }: Candidate, { workload: b }: Candidate): number {
  const leaving = Number(b.state === "leaving") - Number(a.state === "leaving");
  return leaving || a.job.priority - b.job.priority || b.admission - a.admission;
}

/** Without fair sharing: what others borrowed is reclaimed for the queue's own quota, whoever has it. */
export function reclaimVictims(preemptor: Preemptor): Victim[] {
  const { workload, queue, board } = preemptor;
  const isOwed = !queue.ledger.borrowsWith(workload.size);
  const own = ownCandidates(preemptor);
  const ownSize = own.reduce((sum, candidate) => sum + candidate.workload.size, 0);
  // Others' jobs help only one that ends inside its own quota.
  const mayReclaim = !queue.ledger.borrowsWith(workload.size - ownSize);
  const reclaimed = mayReclaim ? cohortCandidates(preemptor) : [];
  // Those that leave anyway go first, from whatever queue.
  const candidates: Victim[] = [
    ...reclaimed.map((found) => ({ ...found, reason: "InCohortReclamation" as const })),
    ...own.map((found) => ({ ...found, reason: "InClusterQueue" as const })),
  ].sort((a, b) => Number(b.workload.state === "leaving") - Number(a.workload.state === "leaving"));
  for (const mayBorrow of attempts(preemptor, reclaimed.length > 0, isOwed)) {
    const isAllowed = (victim: Victim) =>
      victim.queue === queue || ((isOwed || !mayBorrow) && victim.queue.ledger.borrowsWith(0));
    const victims: Victim[] = [];
    for (const candidate of candidates) {
      if (!isAllowed(candidate)) continue;
      take(candidate, board);
      victims.push(candidate);
      if (!fits(preemptor, mayBorrow)) continue;
      const needed = spare(preemptor, victims, mayBorrow);
      for (const victim of needed) giveBack(victim, board);
      return needed;
    }
    for (const victim of victims) giveBack(victim, board);
  }
  return [];
}

/** Whether the preemptor may end up borrowing, in the order in which Kueue tries it. */
function attempts({ queue }: Preemptor, hasCohortCandidates: boolean, isOwed: boolean): boolean[] {
  if (!hasCohortCandidates || !queue.ledger.isUnderQuota()) return [true];
  return isOwed ? [true, false] : [false, true];
}

export function fits({ workload, queue, board }: Preemptor, mayBorrow: boolean): boolean {
  if (!mayBorrow && queue.ledger.borrowsWith(workload.size)) return false;
  if (workload.size > queue.ledger.available()) return false;
  return !board || board.place(workload.job) !== undefined;
}

/** Spares the victims without whom there is room as well, the costliest first. */
export function spare(preemptor: Preemptor, victims: readonly Victim[], mayBorrow: boolean): Victim[] {
  const needed = [...victims];
  for (let index = needed.length - 2; index >= 0; index -= 1) {
    const victim = needed[index];
    if (!victim) continue;
    giveBack(victim, preemptor.board);
    if (fits(preemptor, mayBorrow)) needed.splice(index, 1);
    else take(victim, preemptor.board);
  }
  return needed;
}

/** As if the victim had gone. */
export function take({ workload, queue }: Candidate, board: NodeBoard | undefined): void {
  queue.ledger.change(-workload.size);
  board?.occupy(workload.placement, workload.job.acceleratorsPerNode, -1);
}

export function giveBack({ workload, queue }: Candidate, board: NodeBoard | undefined): void {
  queue.ledger.change(workload.size);
  board?.occupy(workload.placement, workload.job.acceleratorsPerNode, 1);
}
