import { expect, test } from "vitest";
import {
  type ClaimedPool,
  type ClaimRequest,
  claimShare,
  claimsParts,
  isClaimed,
  type PodClaim,
  podClaim,
} from "../../../components/planning/claims.ts";
import type { SharedPool, Sharing } from "../../../components/planning/sharing.ts";

function pool(devices: ClaimedPool["sharing"]["devices"]): ClaimedPool {
  const sharing = { mode: "dra", devices } as const;
  return { accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8, sharing };
}

test.each<{
  case: string;
  devices: ClaimedPool["sharing"]["devices"];
  ask: Partial<ClaimRequest>;
  want?: PodClaim;
}>([
  {
    case: "whole accelerators",
    devices: "whole",
    ask: { acceleratorsPerNode: 4 },
    want: { count: 4, perAccelerator: 1, part: 1 },
  },
  {
    case: "a partition",
    devices: "partitions",
    ask: { profile: "2g.20gb" },
    want: { count: 1, profile: "2g.20gb", quotaMiB: 20_096, perAccelerator: 3, part: 2 / 7 },
  },
  { case: "no profile", devices: "partitions", ask: {} },
  { case: "a profile of another accelerator", devices: "partitions", ask: { profile: "1g.5gb" } },
  {
    case: "a share, rounded up to whole mebibytes",
    devices: "shares",
    ask: { gpuMemoryGiB: 10.0001 },
    want: { count: 1, memoryMiB: 10_241, quotaMiB: 10_241, perAccelerator: 7, part: 10_241 / 81_559 },
  },
  { case: "a share of no size", devices: "shares", ask: {} },
])("$case", ({ devices, ask, want }) => {
  expect(podClaim(pool(devices), { acceleratorsPerNode: 1, ...ask })).toEqual(want);
});

const node = { cpuMillis: 192_500, memoryMiB: 2_098_176, accelerators: 8 };

test.each([
  { case: "all of a node", claim: { count: 8, perAccelerator: 1, part: 1 }, cpuMillis: 192_000, gib: 2048 },
  {
    case: "a seventh of one in eight",
    claim: { count: 1, perAccelerator: 7, part: 1 / 7 },
    cpuMillis: 3000,
    gib: 36,
  },
  {
    case: "half of one in eight",
    claim: { count: 1, perAccelerator: 2, part: 0.5 },
    cpuMillis: 12_000,
    gib: 128,
  },
])("CPU and memory of $case", ({ claim, cpuMillis, gib }) => {
  const memoryMiB = gib * 1024;
  expect(claimShare(node, claim)).toEqual({ cpuMillis, memoryMiB, accelerators: claim.count });
});

test.each<{ sharing: Sharing; claimed: boolean; parts: boolean }>([
  { sharing: { mode: "dedicated" }, claimed: false, parts: false },
  { sharing: { mode: "dra", devices: "whole" }, claimed: true, parts: false },
  { sharing: { mode: "dra", devices: "partitions" }, claimed: true, parts: true },
  { sharing: { mode: "dra", devices: "shares" }, claimed: true, parts: true },
])("$sharing", ({ sharing, claimed, parts }) => {
  const given: SharedPool = { ...pool("whole"), sharing };
  expect([isClaimed(given), claimsParts(given)]).toEqual([claimed, parts]);
});
