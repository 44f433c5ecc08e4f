import { describe, expect, test } from "vitest";
import { h100 } from "../../../bench/support/sharing-mixes.ts";
import type { Sharing } from "../../../components/planning/sharing.ts";
import { describedWay, type SharingJob } from "../../../components/planning/sharing-advice-modes.ts";
import { presentWay } from "../../../components/planning/sharing-present.ts";

const small: SharingJob = {
  name: "small",
  memoryGiB: 9,
  engineActive: 0.5,
  smActive: 0.05,
  dramActive: 0,
  needs: {},
};
const large: SharingJob = { ...small, name: "large", memoryGiB: 30 };

/** The way in words, or why there is none. */
function present(sharing: Sharing, jobs: readonly SharingJob[]): string {
  const way = presentWay({ sharing }, jobs, h100);
  return "unknown" in way ? way.unknown : describedWay(way);
}

const layout = (profiles: Readonly<Record<string, number>>) => ({ nodes: 1, profiles });
const replicated = (mode: "mps" | "time-slicing", replicas: number): Sharing => ({
  mode,
  replicas,
  rename: true,
});
const claimed = (devices: "whole" | "partitions" | "shares"): Sharing => ({ mode: "dra", devices });

describe("what a pool has", () => {
  test.each([
    [{ mode: "dedicated" }, "dedicated"],
    [replicated("mps", 4), "mps, 4 clients"],
    [replicated("time-slicing", 8), "time-slicing, 8 clients"],
    [
      { mode: "mig", layouts: [layout({ "1g.10gb": 3, "1g.10gb+me": 1, "3g.40gb": 1 })] },
      "mig, 4 x 1g.10gb, 1 x 3g.40gb",
    ],
    [claimed("whole"), "dedicated"],
    [claimed("partitions"), "dra-partitions"],
    [claimed("shares"), "dra-shares"],
  ] as const)("%o: %s", (sharing, want) => {
    expect(present(sharing, [small])).toBe(want);
  });
});

test.each([
  [replicated("time-slicing", 4), "apart needs memory isolation, which it has not there"],
  [claimed("partitions"), "dra-partitions"],
] as const)("%o beside a job that must be kept apart: %s", (sharing, want) => {
  expect(present(sharing, [small, { ...small, name: "apart", needs: { memory: true } }])).toBe(want);
});

test.each([
  [replicated("mps", 4), "large needs 30 GiB, and a pod has 19.9 there"],
  [{ mode: "mig", layouts: [layout({ "1g.10gb": 7 })] }, "large has no slice large and fast enough there"],
  [
    { mode: "mig", layouts: [layout({ "1g.10gb": 7 }), layout({ "7g.80gb": 1 })] },
    "its nodes have several MIG layouts",
  ],
] as const)("%o does not suit: %s", (sharing, want) => {
  expect(present(sharing, [small, large])).toBe(want);
});
