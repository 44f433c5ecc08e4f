/** What stands on a Node for its health: taints, cordon, labels for the cloud, and the record itself. */
import { isDeepStrictEqual } from "node:util";
import type { V1Taint } from "@kubernetes/client-node";
import { responses } from "../../components/catalogue/gpu-faults.ts";
import { platformLabels } from "../../components/catalogue/labels.ts";
import type { HealthRecord } from "./health-record.ts";
import type { NodeHealthSettings } from "./settings.ts";
import type { NodeView } from "./views.ts";

/** A JSON merge patch; its version makes it fail if the node has changed since. */
export interface NodePatch {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations: Readonly<Record<string, string | null>>;
    readonly labels: Readonly<Record<string, string | null>>;
  };
  readonly spec: { readonly taints: readonly V1Taint[]; readonly unschedulable?: boolean | null };
}

type RepairLabels = NodeHealthSettings["repairLabels"];

/** The patch that makes the node look like the record, or undefined if it does already. */
export function nodePatch(
  node: NodeView,
  record: HealthRecord | undefined,
  repairLabels: RepairLabels,
): NodePatch | undefined {
  const taints = [...node.taints.filter(({ key }) => key !== platformLabels.unhealthy), ...taintsOf(record)];
  const labels = labelsOf(node, record, repairLabels);
  const isSame =
    isDeepStrictEqual(node.record, record) &&
    Object.keys(labels).length === 0 &&
    isDeepStrictEqual(ownTaints(node.taints), ownTaints(taints));
  if (isSame) return undefined;
  return {
    metadata: {
      resourceVersion: node.resourceVersion,
      annotations: { [platformLabels.nodeHealth]: record ? JSON.stringify(record) : null },
      labels,
    },
    spec: { taints, ...cordon(node.record, record) },
  };
}

/** Those of an ill node: no new pods at first, and in the end no pods at all. */
export function taintsOf(record: HealthRecord | undefined): V1Taint[] {
  if (!record || record.isUntainted) return [];
  const taint = { key: platformLabels.unhealthy, value: record.severity };
  return [
    { ...taint, effect: "NoSchedule" },
    ...(record.isOverdue ? [{ ...taint, effect: "NoExecute" }] : []),
  ];
}

/** The API server adds the time to a NoExecute taint, and may order them anew. */
function ownTaints(taints: readonly V1Taint[]): string[] {
  return taints
    .filter(({ key }) => key === platformLabels.unhealthy)
    .map(({ value, effect }) => `${value}:${effect}`)
    .sort();
}

/** Only what changes: a person who uncordons the node meanwhile is not overruled. */
function cordon(before: HealthRecord | undefined, after: HealthRecord | undefined) {
  if (after?.isCordoned && !before?.isCordoned) return { unschedulable: true };
  return before?.isCordoned && !after ? { unschedulable: null } : {};
}

/** A drained node asks once for its repair, and again if it gets worse; a recovered one asks no more. */
function labelsOf(node: NodeView, record: HealthRecord | undefined, repairLabels: RepairLabels) {
  const before = node.record;
  if (!repairLabels) return {};
  if (!record) {
    const ours = Object.keys({ ...repairLabels.reset, ...repairLabels.replace });
    const stale = before?.drained ? ours.filter((name) => node.labels[name] !== undefined) : [];
    return Object.fromEntries(stale.map((name) => [name, null]));
  }
  const repair = record.drained ? responses[record.severity].repair : undefined;
  const isNews = !before?.drained || before.severity !== record.severity;
  return repair && isNews ? { ...repairLabels[repair] } : {};
}
