/** Notebooks that could never run, and what they must not say. */
import { expect, test } from "vitest";
import { machineFor } from "../../../components/catalogue/hardware.ts";
import { allocatable } from "../../../components/planning/node-size.ts";
import {
  type NotebookPlan,
  type NotebookPool,
  notebookBackendProblems,
  notebookPlacementProblems,
  notebookProblems,
  notebookQuotaProblems,
  notebookSize,
} from "../../../components/planning/notebook.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import type { QuotaPlan } from "../../../components/planning/quota.ts";
import { poolDevices, type Sharing } from "../../../components/planning/sharing.ts";

const base: NotebookPlan = { path: ["notebooks", 0], accelerators: 1, environment: {} };

function makePool(sharing: Sharing = { mode: "dedicated" }): NotebookPool {
  const accelerator = "nvidia-h100-80gb-sxm";
  const machine = machineFor(accelerator, 8);
  if (!machine) throw new Error("the catalogue has a machine with 8 H100");
  const devices = poolDevices({ accelerator, nodes: 2, acceleratorsPerNode: 8, sharing });
  return { name: "h100", mode: sharing.mode, devices, node: allocatable(machine) };
}

interface Refusal {
  readonly case: string;
  readonly plan: NotebookPlan;
  readonly want: Problem;
}

const refusals: Refusal[] = [
  {
    case: "sees every device of its node (F110)",
    plan: { ...base, environment: { NVIDIA_VISIBLE_DEVICES: "all" } },
    want: {
      path: ["notebooks", 0, "environment", "NVIDIA_VISIBLE_DEVICES"],
      given: "a value",
      allowed: "nothing: the device plugin sets it",
      remedy: "remove it",
    },
  },
  {
    case: "has its token in clear",
    plan: { ...base, environment: { JUPYTER_TOKEN: "x" } },
    want: {
      path: ["notebooks", 0, "environment", "JUPYTER_TOKEN"],
      given: "a value",
      allowed: "nothing: the Secret of the notebook sets it",
      remedy: "remove it",
    },
  },
  {
    case: "wants cores beside accelerators",
    plan: { ...base, cpuCores: 4 },
    want: {
      path: ["notebooks", 0, "cpuCores"],
      given: "4",
      allowed: "nothing beside accelerators, which CPU and memory follow",
      remedy: "remove it",
    },
  },
  {
    case: "wants memory beside accelerators",
    plan: { ...base, memoryGiB: 4 },
    want: {
      path: ["notebooks", 0, "memoryGiB"],
      given: "4",
      allowed: "nothing beside accelerators, which CPU and memory follow",
      remedy: "remove it",
    },
  },
  {
    case: "wants a slice of nothing",
    plan: { ...base, accelerators: 0, profile: "1g.10gb" },
    want: {
      path: ["notebooks", 0, "profile"],
      given: '"1g.10gb"',
      allowed: "nothing in a notebook without accelerators",
      remedy: "remove it, or ask for accelerators",
    },
  },
  {
    case: "wants GPU memory of nothing",
    plan: { ...base, accelerators: 0, gpuMemoryGiB: 2 },
    want: {
      path: ["notebooks", 0, "gpuMemoryGiB"],
      given: "2",
      allowed: "nothing in a notebook without accelerators",
      remedy: "remove it, or ask for accelerators",
    },
  },
];

test.each(refusals)("refused: one that $case", ({ plan, want }) => {
  expect(notebookProblems(plan)).toEqual([want]);
});

test("only Kueue's queues hold the pods of a notebook back", () => {
  expect(notebookBackendProblems(base, "kueue")).toEqual([]);
  expect(notebookBackendProblems(base, "volcano")).toEqual([
    {
      path: ["notebooks", 0],
      given: "a notebook",
      allowed: 'none with backend "volcano", which would count it in nobody\'s quota',
      remedy: 'remove it, or use backend "kueue"',
    },
  ]);
});

test("nothing to say of one that leaves all that to the platform", () => {
  expect(notebookProblems({ ...base, environment: { LANG: "C" } })).toEqual([]);
  expect(notebookProblems({ ...base, accelerators: 0, cpuCores: 1, memoryGiB: 1 })).toEqual([]);
});

const sliced = makePool({ mode: "mig", layouts: [{ nodes: 2, profiles: { "1g.10gb": 7 } }] });
const claimed = makePool({ mode: "dra", devices: "whole" });
const timed = makePool({ mode: "time-slicing", replicas: 4, rename: true });

test.each([
  {
    case: "more accelerators than a node has (F40)",
    pool: makePool(),
    plan: { ...base, accelerators: 9 },
    want: {
      path: ["notebooks", 0, "accelerators"],
      given: "9",
      allowed: "0 to 8, the accelerators of a node of pool h100",
      remedy: "lower it to 8, or choose another pool",
    },
  },
  {
    case: "two slices (F32)",
    pool: sliced,
    plan: { ...base, accelerators: 2, profile: "1g.10gb" },
    want: {
      path: ["notebooks", 0, "accelerators"],
      given: "2",
      allowed: "0 or 1 in pool h100: a process uses one of the slices 1g.10gb",
      remedy: "lower it to 1, or choose another pool",
    },
  },
  {
    case: "a device that must be claimed",
    pool: claimed,
    plan: base,
    want: {
      path: ["notebooks", 0, "accelerators"],
      given: "1",
      allowed: "0 in pool h100, whose devices are claimed: notebooks bring no claims",
      remedy: "lower it to 0, or choose a pool that is not of mode dra",
    },
  },
  {
    case: "no slice that the pool has",
    pool: sliced,
    plan: base,
    want: {
      path: ["notebooks", 0, "profile"],
      given: "nothing",
      allowed: "one of 1g.10gb: the MIG profiles of pool h100",
      remedy: "add the profile of the slices that are meant",
    },
  },
  {
    case: "an unknown part of a shared accelerator's memory (F03)",
    pool: timed,
    plan: base,
    want: {
      path: ["notebooks", 0, "gpuMemoryGiB"],
      given: "nothing",
      allowed: "at most 19.91, one replica's part of the memory, which nothing enforces",
      remedy: "add what the job needs, or choose a pool whose sharing limits memory",
    },
  },
  {
    case: "more cores than go with one accelerator",
    pool: makePool(),
    plan: { ...base, accelerators: 0, cpuCores: 24 },
    want: {
      path: ["notebooks", 0, "cpuCores"],
      given: "24",
      allowed: "1 to 23, what goes with one of the accelerators of pool h100",
      remedy: "lower it to 23, or ask for accelerators",
    },
  },
  {
    case: "more memory than goes with one accelerator",
    pool: makePool(),
    plan: { ...base, accelerators: 0, memoryGiB: 256 },
    want: {
      path: ["notebooks", 0, "memoryGiB"],
      given: "256",
      allowed: "1 to 255, what goes with one of the accelerators of pool h100",
      remedy: "lower it to 255, or ask for accelerators",
    },
  },
])("refused: $case", ({ plan, pool, want }) => {
  expect(notebookPlacementProblems(plan, pool)).toEqual([want]);
});

test.each([
  { case: "a whole node", pool: makePool(), plan: { ...base, accelerators: 8 } },
  { case: "a slice", pool: sliced, plan: { ...base, profile: "1g.10gb" } },
  { case: "a replica", pool: timed, plan: { ...base, gpuMemoryGiB: 8 } },
  { case: "none, of the default size", pool: makePool(), plan: { ...base, accelerators: 0 } },
  {
    case: "none, of the largest size",
    pool: makePool(),
    plan: { ...base, accelerators: 0, cpuCores: 23, memoryGiB: 255 },
  },
])("placed: $case", ({ plan, pool }) => {
  expect(notebookPlacementProblems(plan, pool)).toEqual([]);
});

const quota: QuotaPlan = {
  path: [],
  team: "research",
  pool: "h100",
  cohort: "platform",
  accelerators: 4,
  borrowingLimit: 2,
};

test("what the queue could hold by borrowing may wait for it, more may not", () => {
  expect(notebookQuotaProblems({ ...base, accelerators: 6 }, [quota])).toEqual([]);
  expect(notebookQuotaProblems({ ...base, accelerators: 7 }, [quota])).toEqual([
    {
      path: ["notebooks", 0, "accelerators"],
      given: "7",
      allowed: "at most 6 for team research in pool h100 (4 own and 2 borrowed)",
      remedy: "ask for fewer, or raise its accelerators or borrowingLimit by 1",
    },
  ]);
});

test("a profile of which the team has no quota", () => {
  const plan = { ...base, profile: "3g.40gb" };
  expect(notebookQuotaProblems(plan, [{ ...quota, profile: "1g.10gb" }])).toEqual([
    {
      path: ["notebooks", 0, "profile"],
      given: '"3g.40gb"',
      allowed: "what the team has a quota of: 1g.10gb",
      remedy: "choose one of these, or give the team such a quota",
    },
  ]);
});

test("without accelerators it uses CPU and memory that go with some", () => {
  const none = { ...base, accelerators: 0 };
  expect(notebookQuotaProblems(none, [{ ...quota, accelerators: 0, borrowingLimit: 1 }])).toEqual([]);
  expect(notebookQuotaProblems(none, [{ ...quota, accelerators: 0, borrowingLimit: 0 }])).toEqual([
    {
      path: ["notebooks", 0, "accelerators"],
      given: "0, in a pool where the team's quota is 0",
      allowed: "a quota of at least 1 there, whose CPU and memory it uses",
      remedy: "raise the quota's accelerators or borrowingLimit, or choose another pool",
    },
  ]);
});

test("size without accelerators", () => {
  expect(notebookSize({})).toEqual({ cpuCores: 2, memoryGiB: 8 });
  expect(notebookSize({ cpuCores: 1, memoryGiB: 4 })).toEqual({ cpuCores: 1, memoryGiB: 4 });
});
