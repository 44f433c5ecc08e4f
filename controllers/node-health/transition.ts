/** The next record of one node: from its last one, what ails it now, and how much time has passed. */
import { responses } from "../../components/catalogue/gpu-faults.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { HealthRecord } from "./health-record.ts";
import type { NodeHealthSettings } from "./settings.ts";

export interface Circumstances {
  readonly now: Date;
  /** Whether one more node of the pool may be drained. */
  readonly mayDrain: boolean;
  /** Pods that have still to leave. */
  readonly podsLeft: number;
  /** Whether somebody else has cordoned the node. */
  readonly isCordonedByOthers: boolean;
}

export interface Transition {
  /** Undefined: the node is as any other. */
  readonly record: HealthRecord | undefined;
  /** When time alone can change it again. */
  readonly wakeAt: Date | undefined;
}

type Clocks = Pick<NodeHealthSettings, "graceSeconds" | "drainTimeoutSeconds" | "healthySeconds">;

export function transition(
  remembered: HealthRecord | undefined,
  { severity, faults, isMerelyNotReady }: Diagnosis,
  circumstances: Circumstances,
  clocks: Clocks,
): Transition {
  const last = remembered && withoutFuture(remembered, stamp(circumstances.now));
  if (severity !== "harmless") {
    const since = last?.since ?? stamp(circumstances.now);
    const { healthy: _, isUntainted: __, ...ill } = { ...last, severity, faults: [...faults], since };
    // Otherwise each node that joins or restarts would stay without work for a while after it is Ready.
    const isUntainted = isMerelyNotReady && !ill.draining && (!last || last.isUntainted);
    return drain(isUntainted ? { ...ill, isUntainted } : ill, circumstances, clocks);
  }
  return last ? recover(last, circumstances, clocks) : { record: undefined, wakeAt: undefined };
}

/** Time begins when it is first seen well, by this clock: those of nodes may be wrong. */
function recover(last: HealthRecord, { now }: Circumstances, clocks: Clocks): Transition {
  if (last.isUntainted) return { record: undefined, wakeAt: undefined };
  const healthy = last.healthy ?? stamp(now);
  const due = after(healthy, clocks.healthySeconds);
  return due <= now
    ? { record: undefined, wakeAt: undefined }
    : { record: { ...last, healthy }, wakeAt: due };
}

function drain(ill: HealthRecord, circumstances: Circumstances, clocks: Clocks): Transition {
  const { now, mayDrain, podsLeft, isCordonedByOthers } = circumstances;
  const { drainWanted: _, isDeferred: __, ...record } = ill;
  if (responses[ill.severity].repair === undefined) return { record, wakeAt: undefined };

  const drainWanted = ill.drainWanted ?? stamp(now);
  const drainDue = after(drainWanted, clocks.graceSeconds);
  if (ill.draining === undefined) {
    if (drainDue > now) return { record: { ...record, drainWanted }, wakeAt: drainDue };
    if (!mayDrain) return { record: { ...record, drainWanted, isDeferred: true }, wakeAt: undefined };
  }
  const { isUntainted: ___, ...tainted } = record;
  const draining = ill.draining ?? stamp(now);
  const isOverdue = ill.isOverdue ?? after(draining, clocks.drainTimeoutSeconds) <= now;
  // What has just begun has removed nothing yet, so even an empty node is looked at once more.
  const drained = ill.drained ?? (ill.draining !== undefined && podsLeft === 0 ? stamp(now) : undefined);
  return {
    record: {
      ...tainted,
      drainWanted,
      draining,
      ...(ill.isCordoned || (ill.draining === undefined && !isCordonedByOthers) ? { isCordoned: true } : {}),
      ...(isOverdue ? { isOverdue: true } : {}),
      ...(drained === undefined ? {} : { drained }),
    },
    wakeAt: isOverdue ? undefined : after(draining, clocks.drainTimeoutSeconds),
  };
}

function stamp(time: Date): string {
  return time.toISOString();
}

function after(beginning: string, seconds: number): Date {
  return new Date(Date.parse(beginning) + seconds * 1000);
}

const times = ["since", "drainWanted", "draining", "drained", "healthy"] as const;

/** What began ahead of now was written by another clock, or before this one was set back: it begins now. */
function withoutFuture(record: HealthRecord, now: string): HealthRecord {
  const ahead = times.filter((time) => (record[time] ?? "") > now);
  return { ...record, ...Object.fromEntries(ahead.map((time) => [time, now])) };
}
