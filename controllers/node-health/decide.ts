/** What is to be done now, from all that is seen: pure, so that every rule can be tried without a cluster. */
import { responses } from "../../components/catalogue/gpu-faults.ts";
import { platformLabels } from "../../components/catalogue/labels.ts";
import { diagnose } from "./diagnosis.ts";
import { type HealthEvent, healthEvents } from "./health-events.ts";
import type { HealthRecord } from "./health-record.ts";
import { type NodePatch, nodePatch } from "./node-marks.ts";
import type { NodeHealthSettings } from "./settings.ts";
import { transition } from "./transition.ts";
import type { NodeView, PodView, WorkloadView } from "./views.ts";

export interface World {
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly workloads: readonly WorkloadView[];
}

export type Action =
  | {
      readonly kind: "mark";
      readonly node: NodeView;
      readonly patch: NodePatch;
      readonly events: readonly HealthEvent[];
    }
  /** Takes the quota from the whole gang, so that Kueue stops all of it. */
  | {
      readonly kind: "requeue";
      readonly workload: WorkloadView;
      readonly node: string;
      readonly isGone: boolean;
    }
  /** Lets a gang that has let go of everything into its queue again. */
  | { readonly kind: "resume"; readonly workload: WorkloadView }
  /** By the eviction API; a pod whose node is gone has nobody left to end it, and goes at once. */
  | { readonly kind: "evict"; readonly pod: PodView; readonly isGone: boolean };

export interface Decision {
  readonly actions: readonly Action[];
  /** When to decide again if nothing happens before. */
  readonly wakeAt: Date | undefined;
}

export function decide(world: World, settings: NodeHealthSettings, now: Date): Decision {
  const nodes = decideNodes(world, settings, now);
  const names = new Set(world.nodes.map(({ name }) => name));
  // Pods outside of queues are left to the pod garbage collector; a gang must not wait for it in parts.
  const orphans = world.pods.filter(({ node, workload }) => workload !== undefined && !names.has(node));
  const leaving = world.pods.filter(({ node }) => nodes.draining.has(node));
  return {
    actions: [
      ...nodes.marks,
      ...requeues(leaving, world.workloads, false),
      ...requeues(orphans, world.workloads, true),
      ...world.workloads.filter(hasLetGo).map((workload) => ({ kind: "resume" as const, workload })),
      ...leaving.filter((pod) => leavesAlone(pod, world.workloads)).map((pod) => eviction(pod, false)),
      ...orphans.map((pod) => eviction(pod, true)),
    ],
    wakeAt: earliest(nodes.wakeAts),
  };
}

function decideNodes({ nodes, pods }: World, settings: NodeHealthSettings, now: Date) {
  const marks: Action[] = [];
  const draining = new Set<string>();
  const wakeAts: (Date | undefined)[] = [];
  const drained = new Map<string, number>();
  const podsLeft = new Map<string, number>();
  for (const { node } of pods) podsLeft.set(node, (podsLeft.get(node) ?? 0) + 1);
  for (const { pool, record } of nodes) {
    if (pool !== undefined && record?.draining) drained.set(pool, (drained.get(pool) ?? 0) + 1);
  }
  for (const node of nodes.filter(({ pool }) => pool !== undefined).sort(byWaitingTime)) {
    const pool = node.pool ?? "";
    const last = node.record ?? adopted(node, now);
    const circumstances = {
      now,
      mayDrain: (drained.get(pool) ?? 0) < settings.maxUnavailable,
      podsLeft: podsLeft.get(node.name) ?? 0,
      isCordonedByOthers: node.unschedulable,
    };
    const { record, wakeAt } = transition(last, diagnose(node), circumstances, settings);
    if (record?.draining && !last?.draining) drained.set(pool, (drained.get(pool) ?? 0) + 1);
    wakeAts.push(wakeAt);
    const patch = nodePatch(node, record, settings.repairLabels);
    if (patch) marks.push({ kind: "mark", node, patch, events: healthEvents(node.record, record) });
    // Pods leave only once the taint stands, or Kueue would put their gang back onto the node.
    if (record && isEmptied(record) && node.record?.draining) draining.add(node.name);
  }
  return { marks, draining, wakeAts };
}

/** Whoever has waited longest is drained first. */
function byWaitingTime(a: NodeView, b: NodeView): number {
  const key = ({ record, name }: NodeView) => `${record?.drainWanted ?? "none"} ${name}`;
  return key(a) < key(b) ? -1 : 1;
}

/** A node with our taint and without a readable record was ill when somebody damaged it. */
function adopted(node: NodeView, now: Date): HealthRecord | undefined {
  if (!node.taints.some(({ key }) => key === platformLabels.unhealthy)) return undefined;
  return { severity: "suspect", faults: [], since: now.toISOString() };
}

/** While a node is well again, its pods stay. */
function isEmptied({ severity, draining, healthy }: HealthRecord): boolean {
  return draining !== undefined && healthy === undefined && responses[severity].repair !== undefined;
}

function requeues(pods: readonly PodView[], workloads: readonly WorkloadView[], isGone: boolean): Action[] {
  const byWorkload = new Map<WorkloadView, string>();
  for (const pod of pods) {
    const workload = workloadOf(pod, workloads);
    if (workload && holdsOn(workload)) byWorkload.set(workload, pod.node);
  }
  return [...byWorkload].map(([workload, node]) => ({ kind: "requeue", workload, node, isGone }));
}

/** Of an elastic job's Workloads, the one that holds its quota: pods go on naming the first. */
function workloadOf({ namespace, workload }: PodView, workloads: readonly WorkloadView[]) {
  const own = workloads.filter(
    (candidate) => candidate.namespace === namespace && candidate.firstName === workload,
  );
  return own.find(holdsOn) ?? own.find(({ isFinished }) => !isFinished) ?? own[0];
}

function holdsOn({ isActive, holdsQuota, isFinished }: WorkloadView): boolean {
  return isActive && holdsQuota && !isFinished;
}

function hasLetGo({ requeuedFrom, holdsQuota }: WorkloadView): boolean {
  return requeuedFrom !== undefined && !holdsQuota;
}

/** Whether nobody else takes the pod away: Kueue does it with the pods of a gang that it stops. */
function leavesAlone(pod: PodView, workloads: readonly WorkloadView[]): boolean {
  if (pod.isTerminating) return false;
  const workload = workloadOf(pod, workloads);
  return workload === undefined || workload.isFinished;
}

function eviction(pod: PodView, isGone: boolean): Action {
  return { kind: "evict", pod, isGone };
}

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? new Date(Math.min(...known.map((time) => time.getTime()))) : undefined;
}
