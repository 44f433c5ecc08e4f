/** What people are told when the health of a node changes, as Events of the Node. */
import { responses } from "../../components/catalogue/gpu-faults.ts";
import type { HealthRecord } from "./health-record.ts";

export interface HealthEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** The events of a step from one record to the next. */
export function healthEvents(
  before: HealthRecord | undefined,
  after: HealthRecord | undefined,
): HealthEvent[] {
  if (!after) return before ? [recovered(before)] : [];
  const faults = after.faults.join("; ") || "its record was damaged";
  const isNew = (key: keyof HealthRecord) => after[key] !== undefined && before?.[key] === undefined;
  const isWorse = before === undefined || before.severity !== after.severity;
  return [
    ...(isWorse ? [warning("NodeUnhealthy", `${after.severity}: ${faults}; takes no new pods`)] : []),
    ...(isNew("isDeferred")
      ? [warning("DrainDeferred", "as many nodes of its pool are drained as may be; waits for one of them")]
      : []),
    ...(isNew("draining") ? [warning("DrainStarted", `${faults}; gangs are requeued, pods evicted`)] : []),
    ...(isNew("isOverdue")
      ? [warning("DrainOverdue", "pods had their time; all that remain must leave")]
      : []),
    ...(isNew("drained") ? [normal("Drained", `empty; needs ${responses[after.severity].repair}`)] : []),
  ];
}

function recovered(before: HealthRecord): HealthEvent {
  return normal(
    "NodeRecovered",
    `no fault since ${before.healthy ?? "its record was damaged"}; takes pods again`,
  );
}

function warning(reason: string, message: string): HealthEvent {
  return { type: "Warning", reason, message };
}

function normal(reason: string, message: string): HealthEvent {
  return { type: "Normal", reason, message };
}
