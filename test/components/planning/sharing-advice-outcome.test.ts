import { expect, test } from "vitest";
import { sharingMixes } from "../../../bench/support/sharing-mixes.ts";
import { type SharingWay, sharingWays } from "../../../components/planning/sharing-advice-modes.ts";
import {
  bestOf,
  evaluatePatience,
  evaluateSharing,
  type SharingOutcome,
} from "../../../components/planning/sharing-advice-outcome.ts";
import { arrivals } from "../../../components/planning/sharing-advice-simulation.ts";

const [training] = sharingMixes;
if (!training) throw new Error("no mixes");
const { kinds, p95WaitSeconds } = training;
const demand = { kinds, objective: { p95WaitSeconds } };
const jobs = arrivals(kinds, 300, 1);
const dedicated = { mode: "dedicated" } as const;

test("costs are accelerator-hours that exist while jobs arrive, for each job", () => {
  const outcome = evaluateSharing(dedicated, 6, jobs, { ...demand, usdPerAcceleratorHour: 4 });
  const { accelerators, acceleratorHoursPerJob, usdPerJob } = outcome;
  expect(usdPerJob).toBe(4 * acceleratorHoursPerJob);
  expect(acceleratorHoursPerJob).toBeCloseTo((accelerators * (jobs.at(-1)?.atSeconds ?? 0)) / 3600 / 300, 10);
});

test("patience ends where the wait misses the objective, and changes nothing else", () => {
  const found = [3, 4, 5, 6, 7, 8, 9].map((accelerators) => {
    const whole = evaluateSharing(dedicated, accelerators, jobs, demand);
    const patient = evaluatePatience(dedicated, accelerators, jobs, demand);
    expect(patient).toEqual(whole.figures.p95Seconds <= p95WaitSeconds ? whole : undefined);
    return patient !== undefined;
  });
  expect(new Set(found)).toEqual(new Set([false, true]));
});

test("jobs that are slowed down more than they allow miss the objective, whatever they wait", () => {
  const strict = { ...demand, kinds: kinds.map((kind) => ({ ...kind, slowdownMax: 1.5 })) };
  const way = { mode: "time-slicing", clients: 2 } as const;
  const outcomes = [demand, strict].map((asked) =>
    evaluateSharing(way, 4, arrivals(asked.kinds, 300, 1), asked),
  );
  expect(outcomes.map(({ figures }) => (figures.p95Slowdown.training ?? 0) > 1.5)).toEqual([true, true]);
  expect(outcomes[1]?.meetsObjective).toBe(false);
});

function costing(way: SharingWay, acceleratorHoursPerJob: number, turnaround = 1): SharingOutcome {
  const outcome = evaluateSharing(dedicated, 6, jobs, demand);
  const figures = { ...outcome.figures, meanTurnaroundSeconds: turnaround };
  return { ...outcome, way, isolation: sharingWays[way.mode].isolation, figures, acceleratorHoursPerJob };
}

test.each([
  { case: "the cheapest", of: [costing({ mode: "mps", clients: 2 }, 1), costing(dedicated, 1.04)], want: 0 },
  {
    case: "within 3 % what isolates",
    of: [costing({ mode: "mps", clients: 2 }, 1), costing(dedicated, 1.03)],
    want: 1,
  },
  {
    case: "then what is past alpha",
    of: [costing({ mode: "dra-partitions", slices: [] }, 1), costing(dedicated, 1)],
    want: 1,
  },
  {
    case: "then what is done soonest",
    of: [costing({ mode: "mps", clients: 2 }, 1, 9), costing({ mode: "mps", clients: 3 }, 1, 8)],
    want: 1,
  },
])("the best is $case", ({ of, want }) => {
  expect(bestOf(of)).toBe(of[want]);
});

test("the best of nothing", () => {
  expect(bestOf([])).toBeUndefined();
});
