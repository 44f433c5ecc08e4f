import { expect, test } from "vitest";
import { diagnose, worst } from "../../../controllers/node-health/diagnosis.ts";
import type { NodeView } from "../../../controllers/node-health/views.ts";
import { makeNode } from "../../support/health-world.ts";

type Condition = NodeView["conditions"][number];

interface Row {
  case: string;
  condition: Partial<Condition> & Pick<Condition, "type">;
  severity: string;
  fault?: string;
}

test.each<Row>([
  { case: "Ready", condition: { type: "Ready", status: "True" }, severity: "harmless" },
  {
    case: "not Ready",
    condition: { type: "Ready", status: "False" },
    severity: "broken",
    fault: "Ready=False",
  },
  {
    case: "unheard of",
    condition: { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" },
    severity: "broken",
    fault: "Ready=Unknown (NodeStatusUnknown)",
  },
  { case: "an unknown type", condition: { type: "constructor", status: "True" }, severity: "harmless" },
  {
    case: "a known type whose state nobody knows",
    condition: { type: "GpuMemWatch", status: "Unknown" },
    severity: "harmless",
  },
  {
    case: "NVSentinel: no failure",
    condition: { type: "GpuMemWatch", status: "False", message: "No Health Failures" },
    severity: "harmless",
  },
  {
    case: "NVSentinel: uncorrectable memory",
    condition: { type: "GpuMemWatch", status: "True", reason: "GpuMemWatchIsNotHealthy" },
    severity: "faulty",
    fault: "GpuMemWatch=True (GpuMemWatchIsNotHealthy)",
  },
  {
    case: "NVSentinel: what it advises decides",
    condition: {
      type: "GpuMemWatch",
      status: "True",
      reason: "GpuMemWatchIsNotHealthy",
      message: "ErrorCode:DCGM_FR_FAULTY_MEMORY GPU:0 Recommended Action=CONTACT_SUPPORT;",
    },
    severity: "broken",
    fault: "GpuMemWatch=True (GpuMemWatchIsNotHealthy)",
  },
  {
    case: "NVSentinel: advice of a word that nobody knows",
    condition: { type: "GpuMemWatch", status: "True", message: "Recommended Action=PRAY;" },
    severity: "faulty",
    fault: "GpuMemWatch=True",
  },
  {
    case: "NVSentinel: the program's own fault",
    condition: { type: "SysLogsXIDError", status: "True", message: "ErrorCode:31 page fault" },
    severity: "harmless",
  },
  {
    case: "NVSentinel: the worst of several codes",
    condition: {
      type: "SysLogsXIDError",
      status: "True",
      message: "ErrorCode:48 GPU:0;ErrorCode:79 GPU:1;ErrorCode:48 GPU:2;",
    },
    severity: "broken",
    fault: "SysLogsXIDError=True (Xid 48, Xid 79)",
  },
  {
    case: "NVSentinel: a code that nobody knows",
    condition: { type: "SysLogsXIDError", status: "True", message: "ErrorCode:9999 new" },
    severity: "suspect",
    fault: "SysLogsXIDError=True (Xid 9999)",
  },
  {
    case: "NVSentinel: a switch's code is not a GPU's",
    condition: { type: "SysLogsSXIDError", status: "True", message: "ErrorCode:31 link" },
    severity: "faulty",
    fault: "SysLogsSXIDError=True",
  },
  {
    case: "EKS: GPUs are well",
    condition: {
      type: "AcceleratedHardwareReady",
      status: "True",
      reason: "NvidiaAcceleratedHardwareIsReady",
    },
    severity: "harmless",
  },
  {
    case: "EKS: double-bit error",
    condition: { type: "AcceleratedHardwareReady", status: "False", reason: "NvidiaXID48Error" },
    severity: "faulty",
    fault: "AcceleratedHardwareReady=False (Xid 48)",
  },
  {
    case: "EKS: NVLink",
    condition: { type: "AcceleratedHardwareReady", status: "False", reason: "NvidiaNVLinkError" },
    severity: "faulty",
    fault: "AcceleratedHardwareReady=False (NvidiaNVLinkError)",
  },
  {
    case: "EKS: a reason that the catalogue does not have",
    condition: { type: "AcceleratedHardwareReady", status: "False", reason: "NeuronDMAError" },
    severity: "broken",
    fault: "AcceleratedHardwareReady=False (NeuronDMAError)",
  },
  {
    case: "the cloud's own affair",
    condition: { type: "KernelReady", status: "False", reason: "ForkFailedOutOfPIDs" },
    severity: "suspect",
    fault: "KernelReady=False (ForkFailedOutOfPIDs)",
  },
])("$case", ({ condition, severity, fault }) => {
  const conditions = [{ status: "True", ...condition }];
  expect(diagnose(makeNode("h100-0", { conditions }))).toEqual({
    severity,
    faults: fault ? [fault] : [],
    isMerelyNotReady: condition.type === "Ready" && fault !== undefined,
  });
});

test("a GPU that the device plugin has given up makes a node suspect", () => {
  const node = makeNode("h100-0", {
    allocatable: { "nvidia.com/gpu": "7" },
    capacity: { "nvidia.com/gpu": "8" },
  });
  expect(diagnose(node)).toEqual({
    severity: "suspect",
    faults: ["7 of 8 nvidia.com/gpu are healthy"],
    isMerelyNotReady: false,
  });
});

test("less CPU than the machine has is what the kubelet keeps for itself", () => {
  const node = makeNode("h100-0", { allocatable: { cpu: "190" }, capacity: { cpu: "192" } });
  expect(diagnose(node).severity).toBe("harmless");
});

test("a node that is not Ready and has a fault is more than not Ready", () => {
  const conditions = [
    { type: "Ready", status: "False" },
    { type: "GpuMemWatch", status: "True" },
  ];
  expect(diagnose(makeNode("h100-0", { conditions }))).toEqual({
    severity: "broken",
    faults: ["Ready=False", "GpuMemWatch=True"],
    isMerelyNotReady: false,
  });
});

test("the worst of nothing is harmless", () => {
  expect(worst([])).toBe("harmless");
});
