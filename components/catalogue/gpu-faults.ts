/** What tells that a GPU node is ill: conditions, NVIDIA's XID codes, devices gone; and how ill it is. */

/** How ill a node is, mildest first. */
export const severities = ["harmless", "suspect", "faulty", "broken"] as const;
export type Severity = (typeof severities)[number];

export interface Response {
  /** Whether new pods may still come. */
  readonly takesWork: boolean;
  /** What its repair is once it is drained; undefined where nothing is drained. */
  readonly repair?: Repair;
}

/** A GPU reset or a reboot mends it, or only other hardware does. */
export type Repair = "reset" | "replace";

export const responses: Readonly<Record<Severity, Response>> = {
  /** The program failed, not the hardware: the job's own retries answer it. */
  harmless: { takesWork: true },
  /** What runs may end in peace; nothing new comes until somebody has looked, or it has gone away. */
  suspect: { takesWork: false },
  /** What runs there cannot be trusted: drain, then reset. */
  faulty: { takesWork: false, repair: "reset" },
  /** The node will not come back by itself: drain, then replace. */
  broken: { takesWork: false, repair: "replace" },
};

interface Fact {
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

export interface XidFault extends Fact {
  readonly severity: Severity;
  /** The catalogue's "resolution bucket" for what to do at once. */
  readonly bucket: string;
}

const xidCatalogue =
  "NVIDIA, Analyzing Xid Errors with the Xid Catalog (docs.nvidia.com/deploy/xid-errors), Ampere and newer";

function bucket(name: string, severity: Severity, codes: readonly number[], note?: string) {
  const source = note === undefined ? xidCatalogue : `${xidCatalogue}; ${note}`;
  const row: XidFault = { severity, bucket: name, source, date: "2026-11-21" };
  return codes.map((code) => [code, row] as const);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Codes that the catalogue gives a resolution; a code that is not here is unknown, and so suspect. */
export const xidFaults: ReadonlyMap<number, XidFault> = new Map([
  ...bucket("RESTART_APP", "harmless", [
    ...[8, 11, 13, 31, 32, 39, 40, 41, 60, 68, 69, 70, 71, 72, 75, 76, 77, 80],
    ...[...range(82, 86), 88, 89, ...range(96, 105), ...range(126, 135), 139],
  ]),
  ...bucket("WORKFLOW_XID_45", "harmless", [45], "the program was torn down; another Xid says why"),
  ...bucket(
    "IGNORE",
    "harmless",
    [37, 38, 43, 44, 66, 67, 93, 106, 107, 108, 121, 137, 141, 152, 153, 160, 161],
  ),
  ...bucket("IGNORE", "suspect", [63], "the row is remapped at the next reset; EC2 replaces such machines"),
  ...bucket("IGNORE", "suspect", [92], "many single-bit errors come before double-bit ones"),
  ...bucket("IGNORE", "suspect", [157], "nothing is left to retire bad memory with"),
  ...bucket("RESTART_APP", "suspect", [94], "contained; to be reset when convenient"),
  ...bucket("UPDATE_SWFW", "suspect", [78]),
  ...bucket("CONTACT_SUPPORT", "suspect", [142]),
  ...bucket(
    "WORKFLOW_NVLINK5_ERR",
    "suspect",
    range(144, 150),
    "the sub-code decides, which no condition has",
  ),
  ...bucket("XID_154", "suspect", [154], "repeats what another Xid calls for"),
  ...bucket("CHECK_UVM", "suspect", [159]),
  ...bucket("RESET_GPU", "faulty", [46, 62, 64, 95, 110, 119, 120, 136, 140, 143, 155, 156, 158]),
  ...bucket("RESET_GPU", "faulty", [109], "NVIDIA's device plugin counts it as the program's error"),
  ...bucket("WORKFLOW_XID_48", "faulty", [48], "uncorrectable ECC error"),
  ...bucket("WORKFLOW_XID_48", "faulty", [171, 172], "come with Xid 48 and say which memory"),
  ...bucket("WORKFLOW_NVLINK_ERR", "faulty", [74]),
  ...bucket("RESTART_VM", "faulty", [151]),
  ...bucket("RESTART_BM", "broken", [79], "off the bus; a cloud's machine is replaced"),
  ...bucket("CHECK_MECHANICALS", "broken", [54], "power cable of the board"),
]);

/** What NVSentinel writes behind "Recommended Action=" in the message of a condition. */
export const recommendedActions: Readonly<Record<string, Severity>> = {
  NONE: "harmless",
  COMPONENT_RESET: "faulty",
  RESTART_VM: "faulty",
  RESTART_BM: "broken",
  REPLACE_VM: "broken",
  CONTACT_SUPPORT: "broken",
};

export interface ConditionFault extends Fact {
  /** Values of the condition's status that mean a fault. */
  readonly unhealthy: readonly string[];
  /** Unless its reason or message says more exactly. */
  readonly severity: Severity;
  /** By the condition's reason. */
  readonly reasons?: Readonly<Record<string, Severity>>;
  /** Who sets it. */
  readonly publisher: string;
}

/** Conditions of Nodes by type. An unknown type is nobody's business here: it may be a plain fact. */
export const conditionFaults: Readonly<Record<string, ConditionFault>> = {
  // A node that does not answer cannot be reset from within.
  Ready: {
    unhealthy: ["False", "Unknown"],
    severity: "broken",
    publisher: "kubelet; Unknown by the node lifecycle controller once its lease is 40 s old",
    source: "kubernetes.io, Node status; k8s.io/kubernetes 1.36.4, pkg/controller/nodelifecycle",
    date: "2026-11-21",
  },
  // Thermal, power and PCIe trouble and single retired pages are only events of this agent.
  ...eksAgent("AcceleratedHardwareReady", "broken", {
    DCGMDiagnosticFailure: "suspect",
    DCGMError: "suspect",
    FabricManagerNotRunning: "faulty",
    NvidiaDeviceCountMismatch: "broken",
    NvidiaDoubleBitError: "faulty",
    NvidiaFabricError: "broken",
    NvidiaNVLinkError: "faulty",
  }),
  // Node auto repair replaces such machines after half an hour; until then nothing new comes.
  ...eksAgent("ContainerRuntimeReady", "suspect"),
  ...eksAgent("KernelReady", "suspect"),
  ...eksAgent("NetworkingReady", "suspect"),
  ...eksAgent("StorageReady", "suspect"),
  ...sentinel("GpuDriverWatch", "faulty"),
  ...sentinel("GpuInforomWatch", "suspect"),
  ...sentinel("GpuMcuWatch", "faulty"),
  ...sentinel("GpuMemWatch", "faulty"),
  ...sentinel("GpuNvlinkWatch", "faulty"),
  ...sentinel("GpuPcieWatch", "suspect"),
  ...sentinel("GpuPmuWatch", "faulty"),
  ...sentinel("GpuPowerWatch", "suspect"),
  ...sentinel("GpuSmWatch", "faulty"),
  ...sentinel("GpuThermalWatch", "suspect"),
  ...sentinel("SysLogsGPUFallenOff", "broken"),
  ...sentinel("SysLogsSXIDError", "faulty"),
  ...sentinel("SysLogsXIDError", "suspect"),
  ...sentinel("NVSwitchDown", "broken"),
  ...sentinel("NVSwitchFatalError", "broken"),
  ...sentinel("CSPMaintenance", "suspect"),
  ...problemDetector("KernelDeadlock", "suspect"),
  ...problemDetector("ReadonlyFilesystem", "suspect"),
  ...problemDetector("XfsShutdown", "suspect"),
};

/**
 * The device plugin reports a GPU with a critical Xid as unhealthy, and the kubelet then lowers allocatable
 * below capacity. Plugins that restart look the same for a while, so it calls for no drain.
 */
export const lostDevices: Fact & { readonly severity: Severity } = {
  severity: "suspect",
  source: "NVIDIA/k8s-device-plugin @02597b9, internal/rm/health.go; kubernetes.io, Device Plugins",
  date: "2026-11-21",
};

/** How an Xid stands in a condition: NvidiaXID79Error, "ErrorCode:79", "XID-79", "Xid 79". */
export const xidPatterns: readonly RegExp[] = [/(?<!s)xid[\s:=-]*(\d+)/gi, /ErrorCode:(\d+)/g];

function eksAgent(type: string, severity: Severity, reasons?: Readonly<Record<string, Severity>>) {
  const row: ConditionFault = {
    unhealthy: ["False"],
    severity,
    reasons,
    publisher: "EKS node monitoring agent",
    source: "aws/eks-node-monitoring-agent @029740f, pkg/reasons/reasons.yaml and monitors/nvidia/dcgm",
    date: "2026-11-21",
  };
  return { [type]: row };
}

function sentinel(type: string, severity: Severity) {
  const row: ConditionFault = {
    unhealthy: ["True"],
    severity,
    publisher: "NVSentinel, for fatal events only",
    source: "NVIDIA/NVSentinel @9087c1f, docs/INTEGRATIONS.md; platform-connectors @033cd49",
    date: "2026-11-21",
  };
  return { [type]: row };
}

function problemDetector(type: string, severity: Severity) {
  const row: ConditionFault = {
    unhealthy: ["True"],
    severity,
    publisher: "node-problem-detector with its default configuration",
    source: "kubernetes/node-problem-detector @06c4b90, config/kernel-monitor.json",
    date: "2026-11-21",
  };
  return { [type]: row };
}
