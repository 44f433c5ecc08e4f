import { expect, test } from "vitest";
import {
  conditionFaults,
  lostDevices,
  recommendedActions,
  responses,
  severities,
  xidFaults,
} from "../../../components/catalogue/gpu-faults.ts";

test("each fact has a source and a date", () => {
  for (const { source, date } of [...Object.values(conditionFaults), ...xidFaults.values(), lostDevices]) {
    expect(source.length).toBeGreaterThan(20);
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});

test("the milder the fault, the less is done", () => {
  expect(severities.map((severity) => responses[severity])).toEqual([
    { takesWork: true },
    { takesWork: false },
    { takesWork: false, repair: "reset" },
    { takesWork: false, repair: "replace" },
  ]);
});

test("a hundred codes, none of them in two rows", () => {
  expect(xidFaults.size).toBe(100);
});

test.each([
  { code: 13, case: "graphics exception", severity: "harmless" },
  { code: 31, case: "page fault of the program", severity: "harmless" },
  { code: 43, case: "the program stopped", severity: "harmless" },
  { code: 45, case: "torn down", severity: "harmless" },
  { code: 48, case: "double-bit ECC error", severity: "faulty" },
  { code: 63, case: "row remapped", severity: "suspect" },
  { code: 64, case: "row could not be remapped", severity: "faulty" },
  { code: 74, case: "NVLink", severity: "faulty" },
  { code: 79, case: "off the bus", severity: "broken" },
  { code: 94, case: "contained memory error", severity: "suspect" },
  { code: 95, case: "uncontained memory error", severity: "faulty" },
  { code: 119, case: "GSP timeout", severity: "faulty" },
  { code: 145, case: "NVLink 5, where a sub-code decides", severity: "suspect" },
  { code: 154, case: "what another code calls for", severity: "suspect" },
  { code: 1, case: "unused", severity: undefined },
])("Xid $code, $case", ({ code, severity }) => {
  expect(xidFaults.get(code)?.severity).toBe(severity);
});

test("every code for which the EKS agent sets its condition keeps work off the node", () => {
  const fatal = [
    46, 48, 54, 62, 63, 64, 74, 79, 95, 109, 110, 119, 120, 136, 140, 142, 143, 151, 155, 156, 158,
  ];
  const taking = fatal.filter((code) => responses[xidFaults.get(code)?.severity ?? "harmless"].takesWork);
  expect(taking).toEqual([]);
});

test("advice to do nothing is heard", () => {
  expect(recommendedActions.NONE).toBe("harmless");
});
