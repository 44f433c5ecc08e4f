import { expect, test } from "vitest";
import {
  heldBetween,
  percentile,
  queueFigures,
  waits,
} from "../../../../components/planning/simulation/queue-figures.ts";
import { simulateQueues } from "../../../../components/planning/simulation/queue-simulation.ts";
import { makeJob, makeOptions, makeQueue } from "../../../support/simulated-jobs.ts";

const hour = 3600;

/** Red's low job is preempted after an hour and starts over; blue's waits for nobody; red's third is huge. */
const simulation = simulateQueues({
  ...makeOptions({ queues: [makeQueue({ accelerators: 8 }), makeQueue({ team: "blue", accelerators: 8 })] }),
  jobs: [
    makeJob({ name: "low", priority: 100, durationSeconds: 2 * hour }),
    makeJob({ name: "high", priority: 1000, submittedSeconds: hour, durationSeconds: hour }),
    makeJob({ name: "huge", nodes: 2 }),
    makeJob({ name: "blue", team: "blue", acceleratorsPerNode: 4, durationSeconds: 4 * hour }),
  ],
});

test("waits, work and losses of each team, and of the pool", () => {
  expect(queueFigures(simulation, 32)).toEqual({
    teams: [
      {
        team: "blue",
        jobs: 1,
        unfinished: 0,
        preemptions: 0,
        acceleratorHours: 16,
        lostAcceleratorHours: 0,
        meanSeconds: 0,
        p50Seconds: 0,
        p95Seconds: 0,
        maxSeconds: 0,
      },
      {
        team: "red",
        jobs: 3,
        unfinished: 1,
        preemptions: 1,
        acceleratorHours: 32,
        lostAcceleratorHours: 8,
        meanSeconds: (5 * hour) / 3,
        p50Seconds: hour,
        p95Seconds: 4 * hour,
        maxSeconds: 4 * hour,
      },
    ],
    offeredAcceleratorHours: 128,
    usedAcceleratorHours: 48,
    lostAcceleratorHours: 8,
    utilization: 48 / 128,
  });
});

test("what teams held between two instants", () => {
  const { workloads } = simulation;
  expect(heldBetween(workloads, hour / 2, 1.5 * hour)).toEqual({ red: 8 * hour, blue: 4 * hour });
});

test.each([
  { case: "nothing", values: [], part: 0.5, want: 0 },
  { case: "one value", values: [7], part: 0.95, want: 7 },
  { case: "the median of an even number is the lower", values: [4, 1, 3, 2], part: 0.5, want: 2 },
  {
    case: "19 of 20 are not above it",
    values: Array.from({ length: 20 }, (_, n) => n),
    part: 0.95,
    want: 18,
  },
  { case: "all", values: [3, 1, 2], part: 1, want: 3 },
])("percentile: $case", ({ values, part, want }) => {
  expect(percentile(values, part)).toBe(want);
});

test("waits of nobody are none", () => {
  expect(waits([])).toEqual({ meanSeconds: 0, p50Seconds: 0, p95Seconds: 0, maxSeconds: 0 });
});
