import { expect, test } from "vitest";
import { h100 } from "../../../bench/support/sharing-mixes.ts";
import { type SharingWay, sharingWays } from "../../../components/planning/sharing-advice-modes.ts";
import type { SharingOutcome } from "../../../components/planning/sharing-advice-outcome.ts";
import { adviceReason, isAsCheap } from "../../../components/planning/sharing-advice-reason.ts";

function costing(way: SharingWay, acceleratorHoursPerJob: number): SharingOutcome {
  const waits = { meanSeconds: 0, p50Seconds: 0, p95Seconds: 0, maxSeconds: 0 };
  return {
    way,
    accelerators: 1,
    isolation: sharingWays[way.mode].isolation,
    figures: { ...waits, smUtilization: 0, occupancy: 0, p95Slowdown: {}, meanTurnaroundSeconds: 0 },
    acceleratorHoursPerJob,
    usdPerJob: undefined,
    meetsObjective: true,
  };
}

const [tiny] = h100.slices;
if (!tiny) throw new Error("no slices");
const mig = { mode: "mig", layout: [tiny, tiny] } as const;
const mps = { mode: "mps", clients: 4 } as const;
const partitions = { mode: "dra-partitions", slices: h100.slices } as const;
const dedicated = { mode: "dedicated" } as const;

test("costs within 3 % of the least are the same", () => {
  const outcomes = [costing(mps, 1), costing(mig, 1.03), costing(dedicated, 1.04)];
  expect(outcomes.map((outcome) => isAsCheap(outcome, outcomes))).toEqual([true, true, false]);
});

test.each([
  {
    case: "what costs the same keeps less apart",
    possible: [costing(mig, 1.01), costing(mps, 1), costing(dedicated, 2.02)],
    want:
      "costs the same within 3 % as mps, 4 clients (does not keep fault, performance apart);" +
      " costs 50 % less than dedicated",
  },
  {
    case: "or is alpha, or slower",
    possible: [costing(dedicated, 1), costing(mig, 1), costing(partitions, 1)],
    want:
      "costs the same within 3 % as mig, 2 x 1g.10gb (ends jobs no sooner) and dra-partitions (alpha gate" +
      " DynamicMIG)",
  },
  {
    case: "an alpha mode is told with what there is without it",
    possible: [costing(partitions, 1), costing(mig, 1.25)],
    want:
      "costs 20 % less than mig, 2 x 1g.10gb; needs the driver's alpha gate DynamicMIG; without it:" +
      " mig, 2 x 1g.10gb",
  },
  { case: "nothing else", possible: [costing(dedicated, 1)], want: "the only mode that is possible" },
  { case: "nothing at all", possible: [], want: "no mode gives the jobs what they ask for" },
])("$case", ({ possible, want }) => {
  expect(adviceReason(possible[0], possible)).toBe(want);
});
