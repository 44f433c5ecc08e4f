import { expect, test } from "vitest";
import type { HealthRecord } from "../../../controllers/node-health/health-record.ts";
import { nodePatch, taintsOf } from "../../../controllers/node-health/node-marks.ts";
import { makeNode, makeRecord, stampAt } from "../../support/health-world.ts";

const own = { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" };
const noNew = { key: "plinth.dev/unhealthy", value: "broken", effect: "NoSchedule" };
const none = { key: "plinth.dev/unhealthy", value: "broken", effect: "NoExecute" };
const waiting = makeRecord({ draining: undefined, isCordoned: undefined });

test.each([
  { case: "well", record: undefined, want: [] },
  { case: "merely not Ready", record: makeRecord({ isUntainted: true }), want: [] },
  { case: "ill", record: waiting, want: [noNew] },
  { case: "overdue", record: makeRecord({ isOverdue: true }), want: [noNew, none] },
])("taints: $case", ({ record, want }) => {
  expect(taintsOf(record)).toEqual(want);
});

test("a node that falls ill gets a taint beside its own, and the record", () => {
  const patch = nodePatch(makeNode("h100-0"), waiting, undefined);
  expect(patch).toEqual({
    metadata: {
      resourceVersion: "7",
      annotations: { "plinth.dev/node-health": JSON.stringify(waiting) },
      labels: {},
    },
    spec: { taints: [own, noNew] },
  });
});

test("nothing is written where all of it stands, whatever time the API server added", () => {
  const timeAdded = "2026-11-21T00:11:00Z" as unknown as Date;
  const record = makeRecord({ isOverdue: true });
  const node = makeNode("h100-0", {
    record,
    taints: [{ ...none, timeAdded }, own, noNew],
    unschedulable: true,
  });
  expect(nodePatch(node, { ...record }, undefined)).toBeUndefined();
});

test("a taint that somebody took away comes back", () => {
  const node = makeNode("h100-0", { record: waiting });
  expect(nodePatch(node, waiting, undefined)?.spec).toEqual({ taints: [own, noNew] });
});

test.each([
  { case: "a drain begins", before: waiting, after: makeRecord(), want: { unschedulable: true } },
  { case: "it goes on", before: makeRecord(), after: makeRecord({ drained: stampAt(70) }), want: {} },
  { case: "it is over", before: makeRecord(), after: undefined, want: { unschedulable: null } },
  { case: "somebody else's cordon stays", before: waiting, after: undefined, want: {} },
])("cordon: $case", ({ before, after, want }) => {
  const { taints: _, ...spec } =
    nodePatch(makeNode("h100-0", { record: before }), after, undefined)?.spec ?? {};
  expect(spec).toEqual(want);
});

const labels = { reset: { repair: "reboot" }, replace: { repair: "replace" } };
const drained = makeRecord({ drained: stampAt(70) });

interface RepairRow {
  case: string;
  before: HealthRecord;
  after: HealthRecord | undefined;
  has: Record<string, string>;
  want: Record<string, string | null>;
}

test.each<RepairRow>([
  { case: "not before it is empty", before: waiting, after: makeRecord(), has: {}, want: {} },
  { case: "once it is empty", before: makeRecord(), after: drained, has: {}, want: { repair: "replace" } },
  {
    case: "what can be reset is not replaced",
    before: makeRecord({ severity: "faulty" }),
    after: makeRecord({ severity: "faulty", drained: stampAt(70) }),
    has: {},
    want: { repair: "reboot" },
  },
  {
    case: "not again, when the cloud took the label off",
    before: drained,
    after: makeRecord({ drained: stampAt(70), isOverdue: true }),
    has: {},
    want: {},
  },
  {
    case: "again when it got worse",
    before: makeRecord({ severity: "faulty", drained: stampAt(70) }),
    after: drained,
    has: { repair: "reboot" },
    want: { repair: "replace" },
  },
  {
    case: "taken back from a node that is well",
    before: drained,
    after: undefined,
    has: { repair: "replace" },
    want: { repair: null },
  },
  { case: "nothing to take back", before: drained, after: undefined, has: {}, want: {} },
  {
    case: "a label that it never set stays",
    before: waiting,
    after: undefined,
    has: { repair: "replace" },
    want: {},
  },
])("repair is asked for: $case", ({ before, after, has, want }) => {
  const node = makeNode("h100-0", { record: before, labels: has });
  expect(nodePatch(node, after, labels)?.metadata.labels).toEqual(want);
});
