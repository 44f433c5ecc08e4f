import { expect, test } from "vitest";
import { healthEvents } from "../../../controllers/node-health/health-events.ts";
import { makeRecord, stampAt } from "../../support/health-world.ts";

const fault = "SysLogsXIDError=True (Xid 79)";
const waiting = makeRecord({ draining: undefined });

test.each([
  { case: "nothing", before: undefined, after: undefined, want: [] },
  {
    case: "a node falls ill",
    before: undefined,
    after: waiting,
    want: [`Warning NodeUnhealthy: broken: ${fault}; takes no new pods`],
  },
  {
    case: "a node gets worse",
    before: makeRecord({ severity: "suspect" }),
    after: makeRecord(),
    want: [`Warning NodeUnhealthy: broken: ${fault}; takes no new pods`],
  },
  {
    case: "a drain waits",
    before: waiting,
    after: { ...waiting, isDeferred: true as const },
    want: ["Warning DrainDeferred: as many nodes of its pool are drained as may be; waits for one of them"],
  },
  {
    case: "a drain begins",
    before: waiting,
    after: makeRecord(),
    want: [`Warning DrainStarted: ${fault}; gangs are requeued, pods evicted`],
  },
  { case: "a drain goes on", before: makeRecord(), after: makeRecord(), want: [] },
  {
    case: "a drain takes too long",
    before: makeRecord(),
    after: makeRecord({ isOverdue: true }),
    want: ["Warning DrainOverdue: pods had their time; all that remain must leave"],
  },
  {
    case: "a node is empty",
    before: makeRecord(),
    after: makeRecord({ drained: stampAt(70) }),
    want: ["Normal Drained: empty; needs replace"],
  },
  {
    case: "a node is well again",
    before: makeRecord({ healthy: stampAt(100) }),
    after: undefined,
    want: [`Normal NodeRecovered: no fault since ${stampAt(100)}; takes pods again`],
  },
])("$case", ({ before, after, want }) => {
  const events = healthEvents(before, after).map(
    ({ type, reason, message }) => `${type} ${reason}: ${message}`,
  );
  expect(events).toEqual(want);
});
