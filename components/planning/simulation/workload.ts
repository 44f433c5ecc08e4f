/** One job on its way through a simulated queue. */
import type { NodeShare, PodRequest } from "./node-board.ts";

/** A job as it is submitted: so many pods that all start together. */
export interface SimulatedJob extends PodRequest {
  readonly name: string;
  readonly team: string;
  readonly pool: string;
  /** Higher goes first and may preempt lower within its team's queue. */
  readonly priority: number;
  readonly submittedSeconds: number;
  /** Time that it needs on its accelerators. */
  readonly durationSeconds: number;
}

/** Kueue's reasons for preempting a workload. */
export type PreemptionReason = "InClusterQueue" | "InCohortReclamation" | "InCohortFairSharing";

export class Workload {
  readonly job: SimulatedJob;
  /** All accelerators of the gang. */
  readonly size: number;
  /** Jobs of one queue with the same shape are admitted or refused alike. */
  readonly shape: string;
  /** Position among all submissions; the time of submission alone may not tell two apart. */
  readonly order: number;
  /** One that leaves was preempted, and holds its accelerators until its pods are gone. */
  state: "waiting" | "running" | "leaving" | "finished" = "waiting";
  /** Position among all admissions, while it runs. */
  admission = 0;
  /** While it runs on nodes that are simulated. */
  placement: readonly NodeShare[] = [];
  /** Why it was preempted last; gone once it runs again. */
  lostTo: PreemptionReason | undefined;
  preemptions = 0;
  firstStartSeconds: number | undefined;
  startedSeconds = 0;
  finishedSeconds: number | undefined;
  /** Work that it has kept over its preemptions. */
  savedSeconds = 0;
  /** Runs that are over, each from start to end. */
  readonly runs: { readonly startSeconds: number; readonly endSeconds: number }[] = [];

  constructor(job: SimulatedJob, order: number) {
    this.job = job;
    this.order = order;
    this.size = job.nodes * job.acceleratorsPerNode;
    const topology = job.topology ? `${job.topology.mode} ${job.topology.domain}` : "";
    this.shape = `${job.priority}:${job.nodes}x${job.acceleratorsPerNode}:${topology}`;
  }

  /** Begins to run, whole. */
  start(now: number, admission: number): void {
    this.state = "running";
    this.admission = admission;
    this.lostTo = undefined;
    this.startedSeconds = now;
    this.firstStartSeconds ??= now;
  }

  /** Is told to stop before its end; keeps the work up to its last checkpoint. */
  preempt(now: number, reason: PreemptionReason, checkpointSeconds: number): void {
    const done = this.savedSeconds + now - this.startedSeconds;
    const kept = checkpointSeconds > 0 ? Math.floor(done / checkpointSeconds) * checkpointSeconds : 0;
    // A run too short for a checkpoint of its own still began from the last one.
    this.savedSeconds = Math.max(this.savedSeconds, kept);
    this.state = "leaving";
    this.lostTo = reason;
    this.preemptions += 1;
  }

  /** Its pods are gone: it waits again. */
  leave(now: number): void {
    this.stop(now);
    this.state = "waiting";
  }

  finish(now: number): void {
    this.stop(now);
    this.state = "finished";
    this.finishedSeconds = now;
  }

  /** Time on its accelerators between two instants, lost work included. */
  heldSeconds(fromSeconds: number, toSeconds: number): number {
    const running = { startSeconds: this.startedSeconds, endSeconds: toSeconds };
    const holds = this.state === "running" || this.state === "leaving";
    const runs = holds ? [...this.runs, running] : this.runs;
    return runs.reduce((held, { startSeconds, endSeconds }) => {
      return held + Math.max(0, Math.min(endSeconds, toSeconds) - Math.max(startSeconds, fromSeconds));
    }, 0);
  }

  /** When a running job ends if nobody stops it. */
  endSeconds(): number {
    return this.startedSeconds + this.job.durationSeconds - this.savedSeconds;
  }

  private stop(now: number): void {
    this.runs.push({ startSeconds: this.startedSeconds, endSeconds: now });
    this.placement = [];
  }
}
