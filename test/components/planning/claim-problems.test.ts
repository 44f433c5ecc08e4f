import { expect, test } from "vitest";
import {
  type ClaimingGang,
  claimedPoolProblems,
  claimProblems,
  foreignFieldProblems,
} from "../../../components/planning/claim-problems.ts";
import type { ClaimedPool } from "../../../components/planning/claims.ts";
import type { QuotaPlan } from "../../../components/planning/quota.ts";

type Devices = ClaimedPool["sharing"]["devices"];

function pool(devices: Devices, accelerator: ClaimedPool["accelerator"] = "nvidia-h100-80gb-sxm") {
  const sharing = { mode: "dra", devices } as const;
  return { name: "p", accelerator, nodes: 2, acceleratorsPerNode: 8, sharing };
}

test("fields of other modes are refused with the reason, unknown ones with what there is (F38)", () => {
  const given = { mode: "dra", devices: "partitions", layouts: [1], replicas: 4, rename: false, clients: 2 };
  expect(foreignFieldProblems(given)).toEqual([
    {
      path: ["layouts"],
      given: "[1]",
      allowed: "nothing: under mode dra the driver alone owns the partitions, and makes them for claims",
      remedy: "leave layouts out and set devices: partitions, or set mode: mig",
    },
    {
      path: ["replicas"],
      given: "4",
      allowed: "nothing: replicas are the device plugin's, which never runs beside the DRA driver",
      remedy: "leave replicas out and set devices: shares, or set mode: time-slicing or mps",
    },
    {
      path: ["rename"],
      given: "false",
      allowed: "nothing: claims name a device class, not an extended resource of the device plugin",
      remedy: "leave rename out, or set mode: time-slicing or mps",
    },
    {
      path: ["clients"],
      given: "an unknown field, clients",
      allowed: "only mode, devices, schedulerProfile",
      remedy: "remove it",
    },
  ]);
  expect(foreignFieldProblems({ mode: "dra", devices: "whole" })).toEqual([]);
});

test("partitions need an accelerator that has MIG", () => {
  expect(claimedPoolProblems(pool("partitions"), ["sharing"])).toEqual([]);
  expect(claimedPoolProblems(pool("whole", "nvidia-l4"), ["sharing"])).toEqual([]);
  expect(claimedPoolProblems(pool("partitions", "nvidia-l4"), ["sharing"])).toEqual([
    {
      path: ["sharing", "devices"],
      given: '"partitions" for nvidia-l4',
      allowed:
        "an accelerator that has MIG: nvidia-a100-40gb, nvidia-a100-80gb, nvidia-h100-80gb-sxm, " +
        "nvidia-h200-141gb-sxm, nvidia-b200-sxm",
      remedy: "choose one of these, or devices: whole or shares",
    },
  ]);
});

const quota: QuotaPlan = {
  path: [],
  team: "red",
  pool: "p",
  cohort: "c",
  accelerators: 2,
  borrowingLimit: 1,
};

/** A valid gang for each kind. */
const valid: Record<Devices, ClaimingGang> = {
  whole: {
    path: ["jobs", 0],
    nodes: 1,
    acceleratorsPerNode: 3,
    isolation: ["memory", "fault", "performance"],
  },
  partitions: {
    path: ["jobs", 0],
    nodes: 6,
    acceleratorsPerNode: 1,
    profile: "3g.40gb",
    isolation: ["performance"],
    gpuMemoryGiB: 39.5,
  },
  shares: { path: ["jobs", 0], nodes: 7, acceleratorsPerNode: 1, isolation: [], gpuMemoryGiB: 30 },
};

test.each(["whole", "partitions", "shares"] as const)("%s: nothing is wrong with a valid one", (devices) => {
  expect(claimProblems(valid[devices], pool(devices), quota)).toEqual([]);
});

interface Row {
  readonly case: string;
  readonly devices: Devices;
  readonly spoil: Partial<ClaimingGang>;
  readonly want: readonly [field: string, given: string, allowed: string, remedy: string];
}

const rows: Row[] = [
  {
    case: "a profile where accelerators are whole",
    devices: "whole",
    spoil: { profile: "1g.10gb" },
    want: [
      "profile",
      '"1g.10gb"',
      "nothing: pool p is not partitioned",
      "leave profile out, or give the pool devices: partitions",
    ],
  },
  {
    case: "more memory than an accelerator has",
    devices: "whole",
    spoil: { gpuMemoryGiB: 80 },
    want: [
      "gpuMemoryGiB",
      "80",
      "at most 79.64, the memory of an accelerator of pool p",
      "choose a pool or a profile with more memory, or spread the model over more pods",
    ],
  },
  {
    case: "more than its queue can ever hold",
    devices: "whole",
    spoil: { nodes: 2, acceleratorsPerNode: 2 },
    want: [
      "nodes",
      "4 in all (2 pods of 2)",
      "at most 3 for team red in pool p (2 own and 1 borrowed accelerators)",
      "make the job smaller, or raise the team's accelerators or borrowingLimit by 1",
    ],
  },
  {
    case: "a profile that the accelerator does not have",
    devices: "partitions",
    spoil: { profile: "1g.5gb" },
    want: [
      "profile",
      '"1g.5gb"',
      "one of 1g.10gb, 1g.10gb+me, 1g.20gb, 2g.20gb, 3g.40gb, 4g.40gb, 7g.80gb: " +
        "the MIG profiles of nvidia-h100-80gb-sxm",
      "name the profile of the partition that each pod shall have",
    ],
  },
  {
    case: "no profile",
    devices: "partitions",
    spoil: { profile: undefined },
    want: [
      "profile",
      "nothing",
      "one of 1g.10gb, 1g.10gb+me, 1g.20gb, 2g.20gb, 3g.40gb, 4g.40gb, 7g.80gb: " +
        "the MIG profiles of nvidia-h100-80gb-sxm",
      "name the profile of the partition that each pod shall have",
    ],
  },
  {
    case: "more memory than the partition has",
    devices: "partitions",
    spoil: { gpuMemoryGiB: 40 },
    want: [
      "gpuMemoryGiB",
      "40",
      "at most 39.5, the memory of a partition 3g.40gb of pool p",
      "choose a pool or a profile with more memory, or spread the model over more pods",
    ],
  },
  {
    case: "several partitions in one pod",
    devices: "partitions",
    spoil: { acceleratorsPerNode: 2, nodes: 3 },
    want: [
      "acceleratorsPerNode",
      "2 partitions in one pod",
      "1: a process uses one partition or one share",
      "ask for 1 per pod and for more pods by nodes, or choose a pool with devices: whole",
    ],
  },
  {
    case: "partitions of more memory than the quota",
    devices: "partitions",
    spoil: { nodes: 7 },
    want: [
      "nodes",
      "276.5 GiB in all (7 pods of 39.5 GiB)",
      "at most 237.75 GiB for team red in pool p (2 own and 1 borrowed accelerators)",
      "make the job smaller, or raise the team's accelerators or borrowingLimit by 1",
    ],
  },
  {
    case: "no size of a share",
    devices: "shares",
    spoil: { gpuMemoryGiB: undefined },
    want: [
      "gpuMemoryGiB",
      "nothing",
      "at most 79.64, the memory of an accelerator of pool p",
      "add how much of an accelerator's memory each pod takes",
    ],
  },
  {
    case: "a share larger than the card",
    devices: "shares",
    spoil: { gpuMemoryGiB: 79.7, nodes: 1 },
    want: [
      "gpuMemoryGiB",
      "79.7",
      "at most 79.64, the memory of an accelerator of pool p",
      "choose a pool or a profile with more memory, or spread the model over more pods",
    ],
  },
  {
    case: "a profile for a share",
    devices: "shares",
    spoil: { profile: "1g.10gb" },
    want: [
      "profile",
      '"1g.10gb"',
      "nothing: pool p is not partitioned",
      "leave profile out, or give the pool devices: partitions",
    ],
  },
  {
    case: "a share that must be kept apart from the others",
    devices: "shares",
    spoil: { isolation: ["memory", "fault"] },
    want: [
      "isolation",
      "memory, fault",
      "nothing: shares of pool p are counted, but nobody is kept to them",
      "choose a pool with devices: partitions or whole, or drop what the job can do without",
    ],
  },
  {
    case: "a network domain",
    devices: "whole",
    spoil: { topology: { mode: "preferred", domain: "rack" } },
    want: [
      "topology",
      "a network domain",
      "nothing: the queue cannot see what claims leave free on the nodes of pool p",
      "leave topology out, or run the job in a pool that is not of mode dra",
    ],
  },
  {
    case: "another size while it runs",
    devices: "shares",
    spoil: { elastic: true },
    want: ["elastic", "true", "false in pool p, which is of mode dra", "leave elastic out"],
  },
];

test.each(rows)("$devices: $case", ({ devices, spoil, want }) => {
  const [field, given, allowed, remedy] = want;
  expect(claimProblems({ ...valid[devices], ...spoil }, pool(devices), quota)).toEqual([
    { path: ["jobs", 0, field], given, allowed, remedy },
  ]);
});

test.each([
  {
    case: "accelerators of a node",
    devices: "whole",
    spoil: { acceleratorsPerNode: 9 },
    want: ["acceleratorsPerNode", "9", "1 to 8, the accelerators of a node of pool p"],
  },
  {
    case: "whole accelerators",
    devices: "whole",
    spoil: { nodes: 5 },
    want: ["nodes", "5", "1 to 4, the pods with such a claim that fit pool p at once"],
  },
  {
    case: "partitions of a profile",
    devices: "partitions",
    spoil: { nodes: 33 },
    want: ["nodes", "33", "1 to 32, the pods with such a claim that fit pool p at once"],
  },
  {
    case: "shares of a size",
    devices: "shares",
    spoil: { nodes: 33 },
    want: ["nodes", "33", "1 to 32, the pods with such a claim that fit pool p at once"],
  },
] as const)("more than the pool has of: $case (F40)", ({ devices, spoil, want }) => {
  const [{ path, given, allowed } = { path: [], given: "", allowed: "" }, ...more] = claimProblems(
    { ...valid[devices], ...spoil },
    pool(devices),
    undefined,
  );
  expect(more).toEqual([]);
  expect([path.at(-1), given, allowed]).toEqual(want);
});
