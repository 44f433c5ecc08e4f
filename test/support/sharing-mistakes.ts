/** Stacks whose pools, quotas or jobs share accelerators in a way that is refused, one mistake each. */
import { placeholder } from "./builders.ts";
import type { Mistake, Stack } from "./refusals.ts";

/** Partitions the second pool, which no job of the valid stack uses; the first team gets slices of it. */
function partition(stack: Stack, profiles: Record<string, number> = { "1g.10gb": 7 }): void {
  Object.assign(stack.pools[1], {
    accelerator: "nvidia-h100-80gb-sxm",
    acceleratorsPerNode: 8,
    sharing: { mode: "mig", layouts: [{ nodes: 2, profiles }] },
  });
  Object.assign(stack.teams[1], { quotas: stack.teams[1].quotas.slice(0, 1) });
  stack.teams[0].quotas.push({ pool: "l40s", profile: "1g.10gb", accelerators: 8 });
}

function share(stack: Stack, mode: "time-slicing" | "mps", replicas = 4): void {
  Object.assign(stack.pools[1], { sharing: { mode, replicas } });
}

/** A job of one pod in the second pool, by the team that has a quota there. */
export function run(stack: Stack, team: string, change: object): void {
  const job = { name: "small", team, pool: "l40s", nodes: 1, acceleratorsPerNode: 1, image: placeholder };
  stack.jobs.push({ ...job, ...change });
}

/** Makes the second pool one of claims, of an accelerator that can be had in all kinds. */
export function claim(stack: Stack, devices: string, change: object = {}): void {
  const parts = { accelerator: "nvidia-h100-80gb-sxm", acceleratorsPerNode: 4 };
  Object.assign(stack.pools[1], { ...parts, sharing: { mode: "dra", devices, ...change } });
}

export const sharingMistakes: Mistake[] = [
  {
    case: "MIG on an accelerator without it",
    spoil: (stack) =>
      Object.assign(stack.pools[1], {
        sharing: { mode: "mig", layouts: [{ nodes: 2, profiles: { "1g.10gb": 7 } }] },
      }) && stack.teams[1].quotas.pop(),
    want: [
      ["pools", 1, "sharing", "mode"],
      '"mig" for nvidia-l40s',
      "an accelerator that has MIG: nvidia-a100-40gb, nvidia-a100-80gb, nvidia-h100-80gb-sxm, " +
        "nvidia-h200-141gb-sxm, nvidia-b200-sxm",
      "choose one of these, or share by time-slicing or mps",
    ],
  },
  {
    case: "profiles that do not fit one GPU",
    spoil: (stack) => partition(stack, { "1g.10gb": 4, "3g.40gb": 1, "4g.40gb": 1 }),
    want: [
      ["pools", 1, "sharing", "layouts", 0, "profiles"],
      "4 x 1g.10gb, 1 x 3g.40gb, 1 x 4g.40gb on one GPU",
      "what fits the 8 memory slices of nvidia-h100-80gb-sxm where MIG lets it start",
      "ask for 1 x 3g.40gb, 1 x 4g.40gb per GPU, and give the rest to a layout of other nodes",
    ],
  },
  {
    case: "more replicas than the node takes pods",
    spoil: (stack) =>
      Object.assign(stack.pools[0], { sharing: { mode: "mps", replicas: 20 } }) && stack.jobs.pop(),
    want: [
      ["pools", 0, "sharing", "replicas"],
      "20, so 160 on a node",
      "2 to 12: a node of this pool takes at most 100 pods",
      "lower replicas to 12",
    ],
  },
  {
    case: "replicas out of range",
    spoil: (stack) => share(stack, "mps", 49),
    want: [["pools", 1, "sharing", "replicas"], "49", "at most 48", "lower it to 48"],
  },
  {
    case: "a mode that there is not",
    spoil: (stack) => Object.assign(stack.pools[1], { sharing: { mode: "vgpu" } }),
    want: [
      ["pools", 1, "sharing", "mode"],
      '"vgpu"',
      "one of dedicated, time-slicing, mps, mig, dra",
      "choose one of the allowed values",
    ],
  },
  {
    case: "a quota of a profile that the pool lacks",
    spoil: (stack) => {
      partition(stack);
      stack.teams[0].quotas.push({ pool: "l40s", profile: "3g.40gb", accelerators: 0 });
    },
    want: [
      ["teams", 0, "quotas", 2, "profile"],
      '"3g.40gb"',
      "one of 1g.10gb: the MIG profiles of pool l40s",
      "choose one of these, or add a layout with 3g.40gb to pool l40s",
    ],
  },
  {
    case: "two quotas of one profile",
    spoil: (stack) => {
      partition(stack);
      stack.teams[0].quotas.push({ pool: "l40s", profile: "1g.10gb", accelerators: 0 });
    },
    want: [
      ["teams", 0, "quotas", 2, "pool"],
      '"l40s", which makes the queue research-l40s',
      "a queue name that team research does not already have in pool l40s",
      "give a team one quota per pool, and rename teams or pools whose names run together",
    ],
  },
  {
    case: "more slices promised than there are",
    spoil: (stack) => {
      partition(stack);
      Object.assign(stack.teams[0].quotas[1] ?? {}, { accelerators: 113 });
    },
    want: [
      ["pools", 1, "nodes"],
      "113 slices 1g.10gb promised in pool l40s (research 113)",
      "at most 112 (2 nodes of 56)",
      "lower the quotas by 1 in all, or add 1 node",
    ],
  },
  {
    case: "a job without a profile in a partitioned pool",
    spoil: (stack) => {
      partition(stack);
      run(stack, "research", {});
    },
    want: [
      ["jobs", 1, "profile"],
      "nothing",
      "one of 1g.10gb: the MIG profiles of pool l40s",
      "add the profile of the slices that are meant",
    ],
  },
  {
    case: "a job of a profile of which its team has no quota",
    spoil: (stack) => {
      partition(stack, { "1g.10gb": 4, "3g.40gb": 1 });
      run(stack, "research", { profile: "3g.40gb" });
    },
    want: [
      ["jobs", 1, "pool"],
      '"l40s (3g.40gb)"',
      "a pool where team research has a quota: h100, l40s (1g.10gb)",
      "give team research a quota in pool l40s (3g.40gb), or run the job in one of these",
    ],
  },
  {
    case: "a job that wants to be isolated under time-slicing",
    spoil: (stack) => {
      share(stack, "time-slicing");
      run(stack, "vision", { isolation: ["fault"], gpuMemoryGiB: 8 });
    },
    want: [
      ["jobs", 1, "isolation"],
      "fault",
      "nothing: that is all that time-slicing in pool l40s keeps apart",
      "choose a pool with sharing mode mig or dedicated, or drop what the job can do without",
    ],
  },
  {
    case: "a job that does not say how much memory it takes from the others",
    spoil: (stack) => {
      share(stack, "time-slicing");
      run(stack, "vision", {});
    },
    want: [
      ["jobs", 1, "gpuMemoryGiB"],
      "nothing",
      "at most 11.24, one replica's part of the memory, which nothing enforces",
      "add what the job needs, or choose a pool whose sharing limits memory",
    ],
  },
  {
    case: "a pod of two replicas",
    spoil: (stack) => {
      share(stack, "mps");
      run(stack, "vision", { acceleratorsPerNode: 2 });
    },
    want: [
      ["jobs", 1, "acceleratorsPerNode"],
      "2 replicas in one pod",
      "1: more replicas are no more of the accelerator, and are refused",
      "ask for 1 per pod and for more pods by nodes, or choose a dedicated pool",
    ],
  },
  {
    case: "partitions by hand under a driver that makes its own (F38)",
    spoil: (stack) => claim(stack, "partitions", { layouts: [{ nodes: 2, profiles: { "1g.10gb": 7 } }] }),
    want: [
      ["pools", 1, "sharing", "layouts"],
      '[{"nodes":2,"profiles":{"1g.10gb":7}}]',
      "nothing: under mode dra the driver alone owns the partitions, and makes them for claims",
      "leave layouts out and set devices: partitions, or set mode: mig",
    ],
  },
  {
    case: "replicas of the device plugin under DRA",
    spoil: (stack) => claim(stack, "shares", { replicas: 4 }),
    want: [
      ["pools", 1, "sharing", "replicas"],
      "4",
      "nothing: replicas are the device plugin's, which never runs beside the DRA driver",
      "leave replicas out and set devices: shares, or set mode: time-slicing or mps",
    ],
  },
  {
    case: "partitions on demand of an accelerator without MIG",
    spoil: (stack) => Object.assign(stack.pools[1], { sharing: { mode: "dra", devices: "partitions" } }),
    want: [
      ["pools", 1, "sharing", "devices"],
      '"partitions" for nvidia-l40s',
      "an accelerator that has MIG: nvidia-a100-40gb, nvidia-a100-80gb, nvidia-h100-80gb-sxm, " +
        "nvidia-h200-141gb-sxm, nvidia-b200-sxm",
      "choose one of these, or devices: whole or shares",
    ],
  },
  {
    case: "a quota of one profile where claims choose theirs",
    spoil: (stack) => {
      claim(stack, "partitions");
      Object.assign(stack.teams[1].quotas[1] ?? {}, { profile: "1g.10gb" });
    },
    want: [
      ["teams", 1, "quotas", 1, "profile"],
      '"1g.10gb"',
      "nothing: quotas of pool l40s are whole accelerators, for claims of any kind",
      "leave profile out, or partition the pool with sharing mode mig",
    ],
  },
  {
    case: "a claim on a profile that the accelerator does not have",
    spoil: (stack) => {
      claim(stack, "partitions");
      run(stack, "vision", { profile: "1g.5gb" });
    },
    want: [
      ["jobs", 1, "profile"],
      '"1g.5gb"',
      "one of 1g.10gb, 1g.10gb+me, 1g.20gb, 2g.20gb, 3g.40gb, 4g.40gb, 7g.80gb: " +
        "the MIG profiles of nvidia-h100-80gb-sxm",
      "name the profile of the partition that each pod shall have",
    ],
  },
  {
    case: "a share larger than the card",
    spoil: (stack) => {
      claim(stack, "shares");
      run(stack, "vision", { gpuMemoryGiB: 96 });
    },
    want: [
      ["jobs", 1, "gpuMemoryGiB"],
      "96",
      "at most 79.64, the memory of an accelerator of pool l40s",
      "choose a pool or a profile with more memory, or spread the model over more pods",
    ],
  },
  {
    case: "a claim of a team without a quota",
    spoil: (stack) => {
      claim(stack, "whole");
      run(stack, "research", {});
    },
    want: [
      ["jobs", 1, "pool"],
      '"l40s"',
      "a pool where team research has a quota: h100",
      "give team research a quota in pool l40s, or run the job in one of these",
    ],
  },
];
