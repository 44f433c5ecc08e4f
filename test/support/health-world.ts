/** A small healthy world for the node-health controller, which each case spoils once. */
import type { World } from "../../controllers/node-health/decide.ts";
import type { HealthRecord } from "../../controllers/node-health/health-record.ts";
import type { NodeHealthSettings } from "../../controllers/node-health/settings.ts";
import type { NodeView, PodView, WorkloadView } from "../../controllers/node-health/views.ts";

export const settings: NodeHealthSettings = {
  graceSeconds: 60,
  drainTimeoutSeconds: 600,
  healthySeconds: 300,
  maxUnavailable: 1,
};

/** So many seconds after the beginning of a test's time. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 10, 21) + seconds * 1000);
}

export function stampAt(seconds: number): string {
  return at(seconds).toISOString();
}

export const offTheBus: NodeView["conditions"][number] = {
  type: "SysLogsXIDError",
  status: "True",
  reason: "SysLogsXIDErrorIsNotHealthy",
  message: "ErrorCode:79 off the bus",
};

export const overheated: NodeView["conditions"][number] = {
  type: "GpuThermalWatch",
  status: "True",
  reason: "GpuThermalWatchIsNotHealthy",
  message: "",
};

export function makeNode(name: string, more: Partial<NodeView> = {}): NodeView {
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: "7",
    pool: "h100",
    conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }],
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    unschedulable: false,
    labels: {},
    capacity: { "nvidia.com/gpu": "8" },
    allocatable: { "nvidia.com/gpu": "8" },
    record: undefined,
    ...more,
  };
}

/** The record of a node that fell off the bus at the beginning, drained since 60 s. */
export function makeRecord(more: Partial<HealthRecord> = {}): HealthRecord {
  return {
    severity: "broken",
    faults: ["SysLogsXIDError=True (Xid 79)"],
    since: stampAt(0),
    drainWanted: stampAt(0),
    draining: stampAt(60),
    isCordoned: true,
    ...more,
  };
}

export function makePod(name: string, node: string, more: Partial<PodView> = {}): PodView {
  return {
    namespace: "research",
    name,
    uid: `uid-${name}`,
    node,
    workload: "job-pretrain",
    isTerminating: false,
    ...more,
  };
}

export function makeWorkload(more: Partial<WorkloadView> = {}): WorkloadView {
  return {
    namespace: "research",
    name: "job-pretrain",
    firstName: "job-pretrain",
    resourceVersion: "9",
    isActive: true,
    holdsQuota: true,
    isFinished: false,
    requeuedFrom: undefined,
    ...more,
  };
}

/** A gang over two of three nodes. */
export function makeWorld(more: Partial<World> = {}): World {
  return {
    nodes: [makeNode("h100-0"), makeNode("h100-1"), makeNode("h100-2")],
    pods: [makePod("pretrain-0", "h100-0"), makePod("pretrain-1", "h100-1")],
    workloads: [makeWorkload()],
    ...more,
  };
}
