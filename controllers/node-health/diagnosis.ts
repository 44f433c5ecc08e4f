/** How ill a node is by what its object tells. */
import {
  type ConditionFault,
  conditionFaults,
  lostDevices,
  recommendedActions,
  type Severity,
  severities,
  xidFaults,
  xidPatterns,
} from "../../components/catalogue/gpu-faults.ts";
import { acceleratorResourcePattern } from "../../components/catalogue/labels.ts";
import type { NodeView } from "./views.ts";

export interface Diagnosis {
  /** The worst of all faults. */
  readonly severity: Severity;
  /** Each fault that is not harmless, in words. */
  readonly faults: readonly string[];
  /** Whether it is not Ready and nothing else is known, as of a node that starts or restarts. */
  readonly isMerelyNotReady: boolean;
}

type Condition = NodeView["conditions"][number];

export function diagnose(node: Pick<NodeView, "conditions" | "capacity" | "allocatable">): Diagnosis {
  const found = [...node.conditions.flatMap(conditionFindings), ...deviceFindings(node)].filter(
    ({ severity }) => severity !== "harmless",
  );
  return {
    severity: worst(found.map(({ severity }) => severity)),
    faults: found.map(({ fault }) => fault),
    isMerelyNotReady: found.length > 0 && found.every(({ condition }) => condition === "Ready"),
  };
}

/** Harmless if there is nothing at all. */
export function worst(found: readonly Severity[]): Severity {
  return severities.findLast((severity) => found.includes(severity)) ?? "harmless";
}

interface Finding {
  readonly severity: Severity;
  readonly fault: string;
  /** Type of the condition that tells it. */
  readonly condition?: string;
}

function conditionFindings(condition: Condition): Finding[] {
  const row = Object.hasOwn(conditionFaults, condition.type) ? conditionFaults[condition.type] : undefined;
  if (!row?.unhealthy.includes(condition.status)) return [];
  const codes = xidsOf(condition);
  const details = codes.length > 0 ? codes.map((code) => `Xid ${code}`).join(", ") : condition.reason;
  const fault = `${condition.type}=${condition.status}${details ? ` (${details})` : ""}`;
  return [{ severity: severityOf(row, condition, codes), fault, condition: condition.type }];
}

/** The most exact word wins: codes, then the reason, then what the publisher advises. */
function severityOf(row: ConditionFault, { reason, message }: Condition, codes: readonly number[]): Severity {
  // A code that nobody knows is no reason to drain, and none to give the node more work.
  if (codes.length > 0) return worst(codes.map((code) => xidFaults.get(code)?.severity ?? "suspect"));
  const byReason = reason === undefined ? undefined : row.reasons?.[reason];
  if (byReason) return byReason;
  const advice = [...(message ?? "").matchAll(/Recommended ?Action[=:] ?([A-Z_]+)/g)];
  const advised = advice.flatMap(([, action = ""]) => recommendedActions[action] ?? []);
  return advised.length > 0 ? worst(advised) : row.severity;
}

function xidsOf({ type, reason, message }: Condition): number[] {
  // Codes of switches are numbered on their own; SysLogsXIDError is not one of theirs.
  if (/SXID/.test(`${type} ${reason}`)) return [];
  const text = `${reason ?? ""} ${message ?? ""}`;
  const codes = xidPatterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code]) => Number(code)));
  return [...new Set(codes)].sort((a, b) => a - b);
}

function deviceFindings({ capacity, allocatable }: Pick<NodeView, "capacity" | "allocatable">): Finding[] {
  return Object.entries(capacity)
    .filter(([name]) => acceleratorResourcePattern.test(name))
    .filter(([name, total]) => Number(allocatable[name] ?? 0) < Number(total))
    .map(([name, total]) => ({
      severity: lostDevices.severity,
      fault: `${allocatable[name] ?? 0} of ${total} ${name} are healthy`,
    }));
}
