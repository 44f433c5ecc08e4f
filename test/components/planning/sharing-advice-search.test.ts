import { describe, expect, test } from "vitest";
import { h100, l40s } from "../../../bench/support/sharing-mixes.ts";
import {
  describedWay,
  type SharingWay,
  variants,
} from "../../../components/planning/sharing-advice-modes.ts";
import { evaluateSharing } from "../../../components/planning/sharing-advice-outcome.ts";
import { bestSetting, undominated } from "../../../components/planning/sharing-advice-search.ts";
import { arrivals, type JobKind } from "../../../components/planning/sharing-advice-simulation.ts";

const kind: JobKind = {
  name: "small",
  memoryGiB: 9,
  engineActive: 0.9,
  smActive: 0.1,
  dramActive: 0.05,
  needs: {},
  arrivalsPerHour: 20,
  meanDurationSeconds: 1800,
};
const large: JobKind = { ...kind, name: "large", memoryGiB: 38, smActive: 0.3, arrivalsPerHour: 6 };
const objective = { p95WaitSeconds: 120 };

function played(kinds: readonly JobKind[]) {
  return { jobs: arrivals(kinds, 150, 3), demand: { kinds, objective } };
}

/** Fewest accelerators of one setting, counted up from one. */
function fewest(way: SharingWay, kinds: readonly JobKind[]): number {
  const { jobs, demand } = played(kinds);
  for (let accelerators = 1; accelerators <= jobs.length; accelerators += 1) {
    if (evaluateSharing(way, accelerators, jobs, demand).meetsObjective) return accelerators;
  }
  return Number.POSITIVE_INFINITY;
}

describe.each([
  { case: "one kind", kinds: [kind] },
  { case: "two kinds", kinds: [kind, large] },
  { case: "a limit to being slowed down", kinds: [{ ...kind, smActive: 0.25, slowdownMax: 1.5 }] },
])("of all settings none does with fewer: $case", ({ kinds }) => {
  test.each(["mig", "mps", "time-slicing", "dra-shares"] as const)("%s", (mode) => {
    const ways = variants(mode, kinds, h100);
    const { jobs, demand } = played(kinds);
    const counts = ways.map((way) => fewest(way, kinds));
    const best = bestSetting(ways, jobs, demand);
    expect(best?.accelerators ?? Number.POSITIVE_INFINITY).toBe(Math.min(...counts));
    if (best) expect(counts[ways.indexOf(best.way)]).toBe(best.accelerators);
  });
});

test("whole nodes only", () => {
  const { jobs, demand } = played([kind]);
  const ways = variants("mps", [kind], l40s);
  const alone = bestSetting(ways, jobs, demand)?.accelerators ?? Number.NaN;
  const inNodes = bestSetting(ways, jobs, { ...demand, acceleratorsPerNode: 4 });
  expect(inNodes?.accelerators).toBe(Math.ceil(alone / 4) * 4);
});

test("too slow however many there are", () => {
  const kinds = [{ ...kind, slowdownMax: 1.01 }];
  const { jobs, demand } = played(kinds);
  const packed = { mode: "dra-shares", clients: 8, memoryGiB: 80 } as const;
  expect(bestSetting([packed], jobs, demand)).toBeUndefined();
  expect(bestSetting([], jobs, demand)).toBeUndefined();
});

const [tiny, double, , half] = h100.slices;
if (!tiny || !double || !half) throw new Error("no slices");
const layoutOf = (...layout: readonly (typeof tiny)[]): SharingWay => ({ mode: "mig", layout });

test.each([
  {
    case: "fewer slices of the same size",
    ways: [layoutOf(tiny, tiny), layoutOf(tiny)],
    want: ["mig, 2 x 1g.10gb"],
  },
  {
    case: "slices that nobody asks for",
    ways: [layoutOf(tiny, half), layoutOf(tiny)],
    want: ["mig, 1 x 1g.10gb"],
  },
  {
    case: "not those where jobs have other slices",
    ways: [layoutOf(double), layoutOf(tiny, tiny), layoutOf(half)],
    want: ["mig, 1 x 1g.20gb", "mig, 2 x 1g.10gb", "mig, 1 x 3g.40gb"],
  },
  {
    case: "of the same layout twice one",
    ways: [layoutOf(tiny), layoutOf(tiny)],
    want: ["mig, 1 x 1g.10gb"],
  },
  {
    case: "nothing else",
    ways: [{ mode: "mps", clients: 2 } as const, { mode: "mps", clients: 3 } as const],
    want: ["mps, 2 clients", "mps, 3 clients"],
  },
])("no better than others: $case", ({ ways, want }) => {
  expect(undominated(ways, [kind]).map(describedWay)).toEqual(want);
});

test("what is left out does with no fewer: every layout of H100, two kinds of jobs", () => {
  const kinds = [kind, large];
  const ways = variants("mig", kinds, h100);
  const kept = undominated(ways, kinds);
  const least = (of: readonly SharingWay[]) => Math.min(...of.map((way) => fewest(way, kinds)));
  expect([kept.length < ways.length, least(kept)]).toEqual([true, least(ways)]);
});
