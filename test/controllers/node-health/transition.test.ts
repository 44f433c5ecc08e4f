import { expect, test } from "vitest";
import type { Diagnosis } from "../../../controllers/node-health/diagnosis.ts";
import type { HealthRecord } from "../../../controllers/node-health/health-record.ts";
import { type Circumstances, transition } from "../../../controllers/node-health/transition.ts";
import { at, makeRecord, settings, stampAt } from "../../support/health-world.ts";
import { without } from "../../support/record.ts";

const well: Diagnosis = { severity: "harmless", faults: [], isMerelyNotReady: false };
const suspect: Diagnosis = { severity: "suspect", faults: ["hot"], isMerelyNotReady: false };
const broken: Diagnosis = {
  severity: "broken",
  faults: ["SysLogsXIDError=True (Xid 79)"],
  isMerelyNotReady: false,
};
const notReady: Diagnosis = { severity: "broken", faults: ["Ready=False"], isMerelyNotReady: true };

const waiting: HealthRecord = {
  severity: "broken",
  faults: [...broken.faults],
  since: stampAt(0),
  drainWanted: stampAt(0),
};

interface Row {
  case: string;
  last?: HealthRecord;
  diagnosis: Diagnosis;
  circumstances?: Partial<Circumstances>;
  seconds: number;
  want: HealthRecord | undefined;
  wakeAt?: number;
}

test.each<Row>([
  { case: "a well node stays as it is", diagnosis: well, seconds: 0, want: undefined },
  {
    case: "a suspect node is never drained, however long",
    last: { severity: "suspect", faults: ["hot"], since: stampAt(0) },
    diagnosis: suspect,
    seconds: 100_000,
    want: { severity: "suspect", faults: ["hot"], since: stampAt(0) },
  },
  { case: "a broken node waits for its grace", diagnosis: broken, seconds: 0, want: waiting, wakeAt: 60 },
  {
    case: "just before the end of its grace",
    last: waiting,
    diagnosis: broken,
    seconds: 59,
    want: waiting,
    wakeAt: 60,
  },
  {
    case: "at the end of its grace it is drained",
    last: waiting,
    diagnosis: broken,
    seconds: 60,
    want: makeRecord(),
    wakeAt: 660,
  },
  {
    case: "grace counts from the first fault that calls for a drain",
    last: { severity: "suspect", faults: ["hot"], since: stampAt(0) },
    diagnosis: broken,
    seconds: 100,
    want: { ...waiting, drainWanted: stampAt(100) },
    wakeAt: 160,
  },
  {
    case: "as many nodes as allowed are drained",
    last: waiting,
    diagnosis: broken,
    circumstances: { mayDrain: false },
    seconds: 60,
    want: { ...waiting, isDeferred: true },
  },
  {
    case: "its turn comes",
    last: { ...waiting, isDeferred: true },
    diagnosis: broken,
    seconds: 90,
    want: makeRecord({ draining: stampAt(90) }),
    wakeAt: 690,
  },
  {
    case: "somebody else has cordoned it",
    last: waiting,
    diagnosis: broken,
    circumstances: { isCordonedByOthers: true },
    seconds: 60,
    want: without(makeRecord(), "isCordoned"),
    wakeAt: 660,
  },
  {
    case: "its own cordon is no one else's",
    last: makeRecord(),
    diagnosis: broken,
    circumstances: { isCordonedByOthers: true },
    seconds: 61,
    want: makeRecord(),
    wakeAt: 660,
  },
  {
    case: "a drain that runs asks for no further place",
    last: makeRecord(),
    diagnosis: broken,
    circumstances: { mayDrain: false },
    seconds: 61,
    want: makeRecord(),
    wakeAt: 660,
  },
  {
    case: "its pods had their time",
    last: makeRecord(),
    diagnosis: broken,
    seconds: 660,
    want: makeRecord({ isOverdue: true }),
  },
  {
    case: "it is empty",
    last: makeRecord(),
    diagnosis: broken,
    circumstances: { podsLeft: 0 },
    seconds: 70,
    want: makeRecord({ drained: stampAt(70) }),
    wakeAt: 660,
  },
  {
    case: "a drain without pods ends in a step of its own",
    last: waiting,
    diagnosis: broken,
    circumstances: { podsLeft: 0 },
    seconds: 60,
    want: makeRecord(),
    wakeAt: 660,
  },
  {
    case: "well again, it waits",
    last: makeRecord(),
    diagnosis: well,
    seconds: 700,
    want: makeRecord({ healthy: stampAt(700) }),
    wakeAt: 1000,
  },
  {
    case: "well just not long enough",
    last: makeRecord({ healthy: stampAt(700) }),
    diagnosis: well,
    seconds: 999,
    want: makeRecord({ healthy: stampAt(700) }),
    wakeAt: 1000,
  },
  {
    case: "well for long enough",
    last: makeRecord({ healthy: stampAt(700) }),
    diagnosis: well,
    seconds: 1000,
    want: undefined,
  },
  {
    case: "ill again, and its old clocks go on",
    last: makeRecord({ healthy: stampAt(100) }),
    diagnosis: broken,
    seconds: 200,
    want: makeRecord(),
    wakeAt: 660,
  },
  {
    case: "only suspect now: its drain pauses",
    last: makeRecord(),
    diagnosis: suspect,
    seconds: 70,
    want: without(makeRecord({ severity: "suspect", faults: ["hot"] }), "drainWanted"),
  },
  {
    case: "merely not Ready, which needs no taint of ours",
    diagnosis: notReady,
    seconds: 0,
    want: { ...waiting, faults: ["Ready=False"], isUntainted: true },
    wakeAt: 60,
  },
  {
    case: "Ready again soon: as if nothing had been",
    last: { ...waiting, faults: ["Ready=False"], isUntainted: true },
    diagnosis: well,
    seconds: 10,
    want: undefined,
  },
  {
    case: "not Ready for too long",
    last: { ...waiting, faults: ["Ready=False"], isUntainted: true },
    diagnosis: notReady,
    seconds: 60,
    want: makeRecord({ faults: ["Ready=False"] }),
    wakeAt: 660,
  },
  {
    case: "a taint that stands is not taken for want of readiness",
    last: { severity: "suspect", faults: ["hot"], since: stampAt(0) },
    diagnosis: notReady,
    seconds: 0,
    want: { ...waiting, faults: ["Ready=False"] },
    wakeAt: 60,
  },
  {
    case: "a clock that was set back by an hour: the beginning is now",
    last: waiting,
    diagnosis: broken,
    seconds: -3600,
    want: { ...waiting, since: stampAt(-3600), drainWanted: stampAt(-3600) },
    wakeAt: -3540,
  },
  {
    case: "well since a time that lies ahead: since now",
    last: { ...waiting, healthy: stampAt(3600) },
    diagnosis: well,
    seconds: 60,
    want: { ...waiting, healthy: stampAt(60) },
    wakeAt: 360,
  },
])("$case", ({ last, diagnosis, circumstances, seconds, want, wakeAt }) => {
  const usual = { now: at(seconds), mayDrain: true, podsLeft: 1, isCordonedByOthers: false };
  expect(transition(last, diagnosis, { ...usual, ...circumstances }, settings)).toEqual({
    record: want,
    wakeAt: wakeAt === undefined ? undefined : at(wakeAt),
  });
});
