/** Whom a job may preempt under fair sharing: those of the queue with the largest share, as Kueue does it. */
import {
  byCost,
  cohortCandidates,
  fits,
  giveBack,
  ownCandidates,
  type Preemptor,
  spare,
  take,
  type Victim,
} from "./preemption.ts";
import type { WorkloadQueue } from "./workload-queue.ts";

type Candidate = Omit<Victim, "reason">;

/** Victims so that afterwards nobody has been made worse off than the preemptor; none if that cannot be. */
export function fairVictims(preemptor: Preemptor): Victim[] {
  const { workload, queue, board } = preemptor;
  const candidates = [...cohortCandidates(preemptor), ...ownCandidates(preemptor)];
  if (candidates.length === 0) return [];
  // Shares are compared as if the preemptor ran already.
  queue.ledger.change(workload.size);
  const search: Search = { preemptor, victims: [], refused: [] };
  const found = byFinalShare(search, candidates) || byInitialShare(search);
  queue.ledger.change(-workload.size);
  const victims = found ? spare(preemptor, search.victims, true) : search.victims;
  for (const victim of victims) giveBack(victim, board);
  return found ? victims : [];
}

interface Search {
  readonly preemptor: Preemptor;
  readonly victims: Victim[];
  /** Candidates that the first rule passed over. */
  readonly refused: Candidate[];
}

/** First rule: the preemptor's share must not exceed what the victim's queue is left with. */
function byFinalShare(search: Search, candidates: readonly Candidate[]): boolean {
  const { queue } = search.preemptor;
  const isOwed = !queue.ledger.borrowsWith(0);
  const targets = new Targets(queue, candidates);
  for (let target = targets.next(); target; target = targets.next()) {
    if (target === queue || isOwed) {
      const reason = target === queue ? "InClusterQueue" : "InCohortReclamation";
      if (preempt(search, targets.pop(target), reason)) return true;
      continue;
    }
    const share = queue.ledger.share();
    while (targets.has(target)) {
      const candidate = targets.pop(target);
      if (share <= shareWithout(candidate)) {
        if (preempt(search, candidate, "InCohortFairSharing")) return true;
        break;
      }
      search.refused.push(candidate);
    }
  }
  return false;
}

/** Second rule: at most one from each queue whose share is larger than the preemptor's would be. */
function byInitialShare(search: Search): boolean {
  const { queue } = search.preemptor;
  const targets = new Targets(queue, search.refused);
  for (let target = targets.next(); target; target = targets.next()) {
    const candidate = targets.pop(target);
    targets.drop(target);
    if (queue.ledger.share() < target.ledger.share() && preempt(search, candidate, "InCohortFairSharing")) {
      return true;
    }
  }
  return false;
}

function preempt({ preemptor, victims }: Search, candidate: Candidate, reason: Victim["reason"]): boolean {
  take(candidate, preemptor.board);
  victims.push({ ...candidate, reason });
  const { ledger } = preemptor.queue;
  ledger.change(-preemptor.workload.size);
  const isEnough = fits(preemptor, true);
  ledger.change(preemptor.workload.size);
  return isEnough;
}

function shareWithout({ workload, queue }: Candidate): number {
  queue.ledger.change(-workload.size);
  const share = queue.ledger.share();
  queue.ledger.change(workload.size);
  return share;
}

/** Queues with candidates left, the one with the largest share first. */
class Targets {
  private readonly preemptor: WorkloadQueue;
  private readonly candidates = new Map<WorkloadQueue, Candidate[]>();

  constructor(preemptor: WorkloadQueue, candidates: readonly Candidate[]) {
    this.preemptor = preemptor;
    for (const candidate of candidates) {
      const found = this.candidates.get(candidate.queue) ?? [];
      found.push(candidate);
      this.candidates.set(candidate.queue, found);
    }
  }

  /** Queues that no longer borrow drop out, but the preemptor's own stays while it has candidates. */
  next(): WorkloadQueue | undefined {
    let best: WorkloadQueue | undefined;
    for (const queue of [...this.candidates.keys()]) {
      const isDone = !this.has(queue) || (queue !== this.preemptor && !queue.ledger.borrowsWith(0));
      if (isDone) this.drop(queue);
      else if (!best || this.goesBefore(queue, best)) best = queue;
    }
    return best;
  }

  has(queue: WorkloadQueue): boolean {
    return (this.candidates.get(queue)?.length ?? 0) > 0;
  }

  pop(queue: WorkloadQueue): Candidate {
    const candidate = this.candidates.get(queue)?.shift();
    if (!candidate) throw new Error("a target without candidates was popped");
    return candidate;
  }

  drop(queue: WorkloadQueue): void {
    this.candidates.delete(queue);
  }

  private goesBefore(a: WorkloadQueue, b: WorkloadQueue): boolean {
    const difference = a.ledger.share() - b.ledger.share();
    if (difference !== 0) return difference > 0;
    const [first, second] = [this.candidates.get(a)?.[0], this.candidates.get(b)?.[0]];
    if (!first || !second) return false;
    // Between equals, others go before the preemptor's own.
    if (a === this.preemptor || b === this.preemptor) return b === this.preemptor;
    return byCost(first, second) < 0;
  }
}
