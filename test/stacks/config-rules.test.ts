import { expect, test } from "vitest";
import { stackProblems } from "../../stacks/config-rules.ts";
import { makeStack, placeholder } from "../support/builders.ts";
import { claimMistakes } from "../support/claim-mistakes.ts";
import { networkMistakes } from "../support/network-mistakes.ts";
import { queueingMistakes } from "../support/queueing-mistakes.ts";
import { type Mistake, message, refusal, type Stack } from "../support/refusals.ts";
import { sharingMistakes } from "../support/sharing-mistakes.ts";
import { sliceMistakes } from "../support/slice-mistakes.ts";
import { storeMistakes } from "../support/store-mistakes.ts";
import { topologyMistakes } from "../support/topology-mistakes.ts";

const mistakes: Mistake[] = [
  ...queueingMistakes,
  {
    case: "two pools of one name",
    spoil: (stack) =>
      stack.pools.push({ name: "l40s", accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 8 }),
    want: [
      ["pools", 2, "name"],
      '"l40s", which entry 1 already has',
      "each name once",
      "rename one of the two, or merge them",
    ],
  },
  {
    case: "two teams of one name",
    spoil: (stack) =>
      stack.teams.push({
        name: "vision",
        costCenter: "cc-3",
        cohort: "platform",
        quotas: [{ pool: "spare", accelerators: 0 }],
      }) && stack.pools.push({ name: "spare", accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 8 }),
    want: [
      ["teams", 2, "name"],
      '"vision", which entry 1 already has',
      "each name once",
      "rename one of the two, or merge them",
    ],
  },
  {
    case: "two jobs of one name",
    spoil: (stack) =>
      stack.jobs.push({
        name: "pretrain",
        team: "vision",
        pool: "l40s",
        nodes: 1,
        acceleratorsPerNode: 1,
        image: placeholder,
      }),
    want: [
      ["jobs", 1, "name"],
      '"pretrain", which entry 0 already has',
      "each name once",
      "rename one of the two, or merge them",
    ],
  },
  {
    case: "the same cohort twice",
    spoil: (stack) => Object.assign(stack.queueing, { cohorts: ["platform", "platform"] }),
    want: [
      ["queueing", "cohorts", 1],
      '"platform", which entry 0 already has',
      "each name once",
      "rename one of the two, or merge them",
    ],
  },
  {
    case: "two quotas of one team in one pool",
    spoil: (stack) => stack.teams[0].quotas.push({ pool: "h100", accelerators: 0 }),
    want: [
      ["teams", 0, "quotas", 1, "pool"],
      '"h100", which makes the queue research-h100',
      "a queue name that team research does not already have in pool h100",
      "give a team one quota per pool, and rename teams or pools whose names run together",
    ],
  },
  {
    case: "names that run together",
    spoil: (stack) => {
      stack.pools.push({ name: "a-h100", accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 8 });
      Object.assign(stack.teams[0], { name: "vision-a" });
      Object.assign(stack.jobs[0], { team: "vision-a" });
      stack.teams[1].quotas.push({ pool: "a-h100", accelerators: 0 });
    },
    want: [
      ["teams", 1, "quotas", 2, "pool"],
      '"a-h100", which makes the queue vision-a-h100',
      "a queue name that team vision-a does not already have in pool h100",
      "give a team one quota per pool, and rename teams or pools whose names run together",
    ],
  },
  {
    case: "a team in an unknown cohort",
    spoil: (stack) => Object.assign(stack.teams[0], { cohort: "platfrom" }),
    want: [
      ["teams", 0, "cohort"],
      '"platfrom"',
      "one of platform",
      "declare platfrom, or name one that is declared",
    ],
  },
  {
    case: "a team with the name of a system namespace",
    spoil: (stack) => Object.assign(stack.teams[1], { name: "kueue-system" }),
    want: [
      ["teams", 1, "name"],
      '"kueue-system"',
      "a namespace that is not the cluster's: not default, kube-* or *-system",
      "rename the team",
    ],
  },
  {
    case: "quota in an unknown pool",
    spoil: (stack) => stack.teams[1].quotas.push({ pool: "a100", accelerators: 8 }),
    want: [
      ["teams", 1, "quotas", 2, "pool"],
      '"a100"',
      "one of h100, l40s",
      "declare a100, or name one that is declared",
    ],
  },
  {
    case: "quotas over the pool's capacity",
    spoil: (stack) => Object.assign(stack.teams[0].quotas[0], { accelerators: 24 }),
    want: [
      ["pools", 0, "nodes"],
      "40 accelerators promised in pool h100 (research 24, vision 16)",
      "at most 32 (4 nodes of 8)",
      "lower the quotas by 8 in all, or add 1 node",
    ],
  },
  {
    case: "lending more than one has",
    spoil: (stack) => Object.assign(stack.teams[1].quotas[0], { lendingLimit: 20 }),
    want: [
      ["teams", 1, "quotas", 0, "lendingLimit"],
      "20",
      "0 to 16, the accelerators of this quota",
      "lower lendingLimit to 16, or leave it out to lend all",
    ],
  },
  {
    case: "borrowing more than others lend",
    spoil: (stack) => Object.assign(stack.teams[0].quotas[0], { borrowingLimit: 16 }),
    want: [
      ["teams", 0, "quotas", 0, "borrowingLimit"],
      "16",
      "0 to 8, what the other teams of cohort platform lend in pool h100",
      "lower borrowingLimit to 8, or let the other teams lend more",
    ],
  },
  {
    case: "job of an unknown team",
    spoil: (stack) => Object.assign(stack.jobs[0], { team: "speech" }),
    want: [
      ["jobs", 0, "team"],
      '"speech"',
      "one of research, vision",
      "declare speech, or name one that is declared",
    ],
  },
  {
    case: "job in an unknown pool",
    spoil: (stack) => Object.assign(stack.jobs[0], { pool: "a100" }),
    want: [["jobs", 0, "pool"], '"a100"', "one of h100, l40s", "declare a100, or name one that is declared"],
  },
  {
    case: "job in a pool where its team has no quota",
    spoil: (stack) => Object.assign(stack.jobs[0], { pool: "l40s", acceleratorsPerNode: 4 }),
    want: [
      ["jobs", 0, "pool"],
      '"l40s"',
      "a pool where team research has a quota: h100",
      "give team research a quota in pool l40s, or run the job in one of these",
    ],
  },
  {
    case: "a pod larger than any node (F40)",
    spoil: (stack) => Object.assign(stack.jobs[0], { nodes: 1, acceleratorsPerNode: 16 }),
    want: [
      ["jobs", 0, "acceleratorsPerNode"],
      "16",
      "1 to 8, the accelerators of a node of pool h100",
      "ask for 8 per node and more nodes, or choose another pool",
    ],
  },
  {
    case: "a gang of more nodes than the pool has",
    spoil: (stack) => {
      Object.assign(stack.teams[0].quotas[0], { accelerators: 24 });
      Object.assign(stack.teams[1].quotas[0], { accelerators: 8 });
      Object.assign(stack.jobs[0], { nodes: 5, acceleratorsPerNode: 5 });
    },
    want: [
      ["jobs", 0, "nodes"],
      "5",
      "1 to 4, the nodes of pool h100",
      "lower nodes to 4, or add 1 node to pool h100",
    ],
  },
  {
    case: "a job that its queue can never hold",
    spoil: (stack) => Object.assign(stack.jobs[0], { nodes: 4 }),
    want: [
      ["jobs", 0, "nodes"],
      "32 accelerators (4 pods of 8)",
      "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
      "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
    ],
  },
  {
    case: "a gang that no rack can hold",
    spoil: (stack) =>
      Object.assign(stack.jobs[0], { nodes: 3, topology: { mode: "required", domain: "rack" } }),
    want: [
      ["jobs", 0, "topology"],
      "3 pods of 8 accelerators in one rack",
      "at most 2 (a rack of pool h100 has 2 nodes)",
      "require a wider domain, prefer this one instead of requiring it, or make the job smaller",
    ],
  },
];

test.each([
  ...mistakes,
  ...sharingMistakes,
  ...claimMistakes,
  ...sliceMistakes,
  ...networkMistakes,
  ...storeMistakes,
  ...topologyMistakes,
])("refused: $case", ({ spoil, want }) => {
  const stack = makeStack();
  spoil(stack);
  expect(refusal(stack)).toBe(message(want));
});

test("a preferred domain may be too small", () => {
  const stack = makeStack();
  Object.assign(stack.jobs[0], { nodes: 3, topology: { mode: "preferred", domain: "rack" } });
  expect(refusal(stack)).toBe("accepted");
});

function paths(spoil: (stack: Stack) => void): string[] {
  const stack = makeStack();
  spoil(stack);
  return stackProblems(stack).map(({ path }) => path.join("."));
}

// A malformed entry is the schema's to tell; it must neither hide nor cause a problem elsewhere.
test.each([
  { case: "a valid stack", spoil: () => undefined, want: [] },
  {
    case: "a malformed pool is still a known name",
    spoil: (stack: Stack) => Object.assign(stack.pools[0], { nodes: "four" }),
    want: [],
  },
  {
    case: "a malformed team is still a known name",
    spoil: (stack: Stack) => Object.assign(stack.teams[0], { costCenter: 5 }),
    want: [],
  },
  {
    case: "nobody is refused a loan because the lender is malformed",
    spoil: (stack: Stack) => Object.assign(stack.teams[1], { costCenter: 5 }),
    want: [],
  },
  {
    case: "nobody is refused a loan because the lender's cohort is misspelt",
    spoil: (stack: Stack) => Object.assign(stack.teams[1], { cohort: "platfrom" }),
    want: ["teams.1.cohort"],
  },
  {
    case: "well-formed entries are judged beside malformed ones",
    spoil: (stack: Stack) => {
      Object.assign(stack.pools[1], { nodes: 0 });
      Object.assign(stack.jobs[0], { nodes: 1, acceleratorsPerNode: 9 });
    },
    want: ["jobs.0.acceleratorsPerNode"],
  },
  {
    case: "racks of unknown size refuse nothing",
    spoil: (stack: Stack) => {
      Object.assign(stack, { topology: { nodesPerRack: "two" } });
      Object.assign(stack.jobs[0], { nodes: 3, topology: { mode: "required", domain: "rack" } });
    },
    want: [],
  },
])("$case", ({ spoil, want }) => {
  expect(paths(spoil)).toEqual(want);
});

test.each([undefined, null, 5, "x", [], {}])("nothing to say about %j", (stack) => {
  expect(stackProblems(stack)).toEqual([]);
});
