import { expect, test } from "vitest";
import { poolDevices, type SharedPool, type Sharing } from "../../../components/planning/sharing.ts";
import {
  type DeviceRequest,
  poolSharingProblems,
  profileProblems,
  requestProblems,
  type SharedPoolPlan,
} from "../../../components/planning/sharing-problems.ts";

const dedicated: Sharing = { mode: "dedicated" };
const sliced: Sharing = { mode: "time-slicing", replicas: 4, rename: true };
const mps: Sharing = { mode: "mps", replicas: 4, rename: true };
const dra: Sharing = { mode: "dra", devices: "whole" };
const mig: Sharing = { mode: "mig", layouts: [{ nodes: 2, profiles: { "1g.10gb": 4, "3g.40gb": 1 } }] };

function pool(sharing: Sharing, change: Partial<SharedPool> = {}): SharedPool {
  const h100 = { accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 } as const;
  return { ...h100, maxPods: 100, sharing, ...change };
}

function plan(sharing: Sharing): SharedPoolPlan {
  return { name: "p", mode: sharing.mode, devices: poolDevices(pool(sharing)) };
}

test.each([
  { case: "dedicated", one: pool(dedicated), want: [] },
  { case: "time-slicing", one: pool(sliced), want: [] },
  { case: "mps", one: pool(mps), want: [] },
  { case: "mig", one: pool(mig), want: [] },
  { case: "dra", one: pool(dra), want: [] },
  ...[sliced, mps, mig, dra].map((sharing) => ({
    case: `${sharing.mode} of TPUs`,
    one: pool(sharing, { accelerator: "google-tpu-v6e" }),
    want: [
      {
        path: ["sharing", "mode"],
        given: `"${sharing.mode}" for google-tpu-v6e`,
        allowed: '"dedicated": its device plugin gives whole chips only',
        remedy: "leave sharing out",
      },
    ],
  })),
  {
    case: "MIG on an accelerator that has none",
    one: pool(mig, { accelerator: "nvidia-l4" }),
    want: [
      {
        path: ["sharing", "mode"],
        given: '"mig" for nvidia-l4',
        allowed:
          "an accelerator that has MIG: nvidia-a100-40gb, nvidia-a100-80gb, nvidia-h100-80gb-sxm, " +
          "nvidia-h200-141gb-sxm, nvidia-b200-sxm",
        remedy: "choose one of these, or share by time-slicing or mps",
      },
    ],
  },
  {
    case: "a layout that does not fit",
    one: pool({ mode: "mig", layouts: [{ nodes: 2, profiles: { "4g.40gb": 2 } }] }),
    want: [
      {
        path: ["sharing", "layouts", 0, "profiles"],
        given: "2 x 4g.40gb on one GPU",
        allowed: "what fits the 8 memory slices of nvidia-h100-80gb-sxm where MIG lets it start",
        remedy: "ask for 1 x 4g.40gb per GPU, and give the rest to a layout of other nodes",
      },
    ],
  },
  {
    case: "a node without a layout",
    one: pool(mig, { nodes: 3 }),
    want: [
      {
        path: ["sharing", "layouts"],
        given: "layouts of 2 nodes",
        allowed: "layouts of 3 nodes, all nodes of the pool",
        remedy: "make the nodes of the layouts add up to 3",
      },
    ],
  },
  {
    case: "as many replicas as the node takes pods",
    one: pool({ ...sliced, replicas: 12 }),
    want: [],
  },
  {
    case: "more replicas than the node takes pods",
    one: pool({ ...sliced, replicas: 13 }),
    want: [
      {
        path: ["sharing", "replicas"],
        given: "13, so 104 on a node",
        allowed: "2 to 12: a node of this pool takes at most 100 pods",
        remedy: "lower replicas to 12",
      },
    ],
  },
  {
    case: "as many replicas where nodes take more pods",
    one: pool({ ...sliced, replicas: 13 }, { maxPods: 110 }),
    want: [],
  },
  {
    case: "nodes of which nobody says how many pods they take",
    one: pool({ ...sliced, replicas: 48 }, { maxPods: undefined }),
    want: [],
  },
  {
    case: "as many partitions as the node takes pods",
    one: pool(mig, { maxPods: 40 }),
    want: [],
  },
  {
    case: "more partitions than the node takes pods",
    one: pool(mig, { maxPods: 39 }),
    want: [
      {
        path: ["sharing", "layouts", 0, "profiles"],
        given: "5 on a GPU, so 40 on a node",
        allowed: "at most 4 on a GPU: a node of this pool takes at most 39 pods",
        remedy: "make fewer and larger partitions, or choose a machine with fewer GPUs",
      },
    ],
  },
])("pool: $case", ({ one, want }) => {
  expect(poolSharingProblems(one)).toEqual(want);
});

test.each([
  { case: "none where there are none", sharing: dedicated, profile: undefined, want: [] },
  { case: "one that the pool has", sharing: mig, profile: "3g.40gb", want: [] },
  {
    case: "one where there are none",
    sharing: sliced,
    profile: "1g.10gb",
    want: [
      {
        path: ["q", "profile"],
        given: '"1g.10gb"',
        allowed: "nothing: pool p is not partitioned",
        remedy: "leave profile out, or partition the pool with sharing mode mig",
      },
    ],
  },
  {
    case: "none where there are some",
    sharing: mig,
    profile: undefined,
    want: [
      {
        path: ["q", "profile"],
        given: "nothing",
        allowed: "one of 1g.10gb, 3g.40gb: the MIG profiles of pool p",
        remedy: "add the profile of the slices that are meant",
      },
    ],
  },
  {
    case: "one that no layout has",
    sharing: mig,
    profile: "7g.80gb",
    want: [
      {
        path: ["q", "profile"],
        given: '"7g.80gb"',
        allowed: "one of 1g.10gb, 3g.40gb: the MIG profiles of pool p",
        remedy: "choose one of these, or add a layout with 7g.80gb to pool p",
      },
    ],
  },
])("profile: $case", ({ sharing, profile, want }) => {
  expect(profileProblems(["q"], profile, plan(sharing))).toEqual(want);
});

function request(change: Partial<DeviceRequest>): DeviceRequest {
  return { path: ["jobs", 0], acceleratorsPerNode: 1, isolation: [], ...change };
}

const isolating = "choose a pool with sharing mode mig or dedicated, or drop what the job can do without";

test.each([
  { case: "whole accelerators", sharing: dedicated, ask: { acceleratorsPerNode: 8 }, want: [] },
  {
    case: "everything isolated on a slice",
    sharing: mig,
    ask: { profile: "3g.40gb", isolation: ["memory", "fault", "performance"], gpuMemoryGiB: 39.5 },
    want: [],
  },
  {
    case: "two slices in one pod (F32)",
    sharing: mig,
    ask: { profile: "1g.10gb", acceleratorsPerNode: 2 },
    want: [
      {
        path: ["jobs", 0, "acceleratorsPerNode"],
        given: "2 slices 1g.10gb in one pod",
        allowed: "1: a process uses one MIG slice",
        remedy: "ask for 1 per pod and for more pods by nodes, or choose a dedicated pool",
      },
    ],
  },
  {
    case: "four replicas in one pod (F36)",
    sharing: mps,
    ask: { acceleratorsPerNode: 4 },
    want: [
      {
        path: ["jobs", 0, "acceleratorsPerNode"],
        given: "4 replicas in one pod",
        allowed: "1: more replicas are no more of the accelerator, and are refused",
        remedy: "ask for 1 per pod and for more pods by nodes, or choose a dedicated pool",
      },
    ],
  },
  {
    case: "isolation where there is none",
    sharing: sliced,
    ask: { isolation: ["memory", "fault"], gpuMemoryGiB: 1 },
    want: [
      {
        path: ["jobs", 0, "isolation"],
        given: "memory, fault",
        allowed: "nothing: that is all that time-slicing in pool p keeps apart",
        remedy: isolating,
      },
    ],
  },
  { case: "the isolation that MPS gives", sharing: mps, ask: { isolation: ["memory"] }, want: [] },
  {
    case: "more isolation than MPS gives",
    sharing: mps,
    ask: { isolation: ["memory", "fault"] },
    want: [
      {
        path: ["jobs", 0, "isolation"],
        given: "fault",
        allowed: "memory: that is all that mps in pool p keeps apart",
        remedy: isolating,
      },
    ],
  },
  { case: "a job that says what it needs (F03)", sharing: sliced, ask: { gpuMemoryGiB: 19.9 }, want: [] },
  {
    case: "more memory than its part, so that the sum does not fit the card (F03)",
    sharing: sliced,
    ask: { gpuMemoryGiB: 20 },
    want: [
      {
        path: ["jobs", 0, "gpuMemoryGiB"],
        given: "20",
        allowed: "at most 19.91, the memory of one of the replicas of pool p",
        remedy: "choose a pool with more memory per device, fewer replicas or a larger MIG profile",
      },
    ],
  },
  {
    case: "nothing said of memory where nothing limits it (F03)",
    sharing: sliced,
    ask: {},
    want: [
      {
        path: ["jobs", 0, "gpuMemoryGiB"],
        given: "nothing",
        allowed: "at most 19.91, one replica's part of the memory, which nothing enforces",
        remedy: "add what the job needs, or choose a pool whose sharing limits memory",
      },
    ],
  },
  {
    case: "more memory than a slice has",
    sharing: mig,
    ask: { profile: "1g.10gb", gpuMemoryGiB: 10 },
    want: [
      {
        path: ["jobs", 0, "gpuMemoryGiB"],
        given: "10",
        allowed: "at most 9.75, the memory of one of the slices 1g.10gb of pool p",
        remedy: "choose a pool with more memory per device, fewer replicas or a larger MIG profile",
      },
    ],
  },
])("request: $case", ({ sharing, ask, want }) => {
  expect(requestProblems(request(ask as Partial<DeviceRequest>), plan(sharing))).toEqual(want);
});
