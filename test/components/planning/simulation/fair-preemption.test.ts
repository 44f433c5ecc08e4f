import { expect, test } from "vitest";
import { fairVictims } from "../../../../components/planning/simulation/fair-preemption.ts";
import { makeRunning, type RunningQueue } from "../../../support/running-queues.ts";

/** Whom a new job of team red preempts under fair sharing. */
function victims(queues: readonly RunningQueue[], job: Parameters<typeof makeRunning>[1] = {}): string[] {
  const { preemptor, usages } = makeRunning(queues, job);
  const before = usages();
  const found = fairVictims(preemptor).map(({ workload, reason }) => `${workload.job.name} ${reason}`);
  expect(usages()).toEqual(before);
  return found;
}

const own = "InClusterQueue";
const cohort = "InCohortReclamation";
const fair = "InCohortFairSharing";

/** Everything is lent by a third team. */
const lender: RunningQueue = { team: "gold", accelerators: 32 };
const red: RunningQueue = { accelerators: 0, borrowingLimit: 32 };
const blue: RunningQueue = { team: "blue", accelerators: 0, borrowingLimit: 32 };

function runs(...names: readonly string[]) {
  return names.map((name) => ({ name }));
}

test.each([
  {
    case: "the newest of the one with the larger share",
    queues: [red, { ...blue, runs: runs("a", "b", "c", "d") }, lender],
    want: [`d ${fair}`],
  },
  {
    case: "nobody once the shares are even",
    queues: [{ ...red, runs: runs("a", "b") }, { ...blue, runs: runs("c", "d") }, lender],
    want: [],
  },
  {
    case: "up to the same share, with twice the weight of twice as much",
    queues: [
      { ...red, fairSharingWeight: 2, runs: runs("a", "b") },
      { ...blue, runs: runs("c", "d") },
      lender,
    ],
    want: [`d ${fair}`],
  },
  {
    case: "of several the one with the largest share",
    queues: [
      red,
      { ...blue, runs: runs("a") },
      { ...blue, team: "green", runs: runs("b", "c", "d") },
      lender,
    ],
    want: [`d ${fair}`],
  },
  {
    case: "anybody's, whatever the shares, for its own quota",
    queues: [
      { ...red, accelerators: 8 },
      { ...blue, runs: [{ name: "a" }, { name: "b", nodes: 3 }] },
      { ...lender, accelerators: 24 },
    ],
    want: [`b ${cohort}`],
  },
  {
    case: "its own of lower priority when it has the largest share",
    queues: [
      { ...red, runs: [{ name: "a", priority: 100, nodes: 3 }] },
      { ...blue, runs: runs("b") },
      lender,
    ],
    want: [`a ${own}`],
  },
  {
    case: "by the second rule one whose share is larger, though it ends up smaller",
    queues: [{ ...red, runs: runs("a") }, { ...blue, runs: [{ name: "b", nodes: 3 }] }, lender],
    want: [`b ${fair}`],
  },
  {
    case: "nobody who borrows nothing",
    queues: [red, { ...blue, accelerators: 32, runs: runs("a", "b", "c", "d") }],
    want: [],
  },
])("takes $case", ({ queues, want }) => {
  expect(victims(queues)).toEqual(want);
});
