import { expect, test } from "vitest";
import type { z } from "zod";
import type { Problem } from "../../components/planning/problem.ts";
import { poolDevices, type Sharing } from "../../components/planning/sharing.ts";
import { notebookEntry } from "../../stacks/entries.ts";
import {
  type NotebookRoom,
  notebookEntryProblems,
  notebookNameProblems,
} from "../../stacks/notebook-rules.ts";
import { placeholder as image } from "../support/builders.ts";

const accelerator = "nvidia-h100-80gb-sxm";

function makePool(sharing: Sharing = { mode: "dedicated" }): NotebookRoom["pools"][number] {
  const pool = { path: ["pools", 0], name: "h100", nodes: 4, acceleratorsPerNode: 8, accelerator } as const;
  return { ...pool, mode: sharing.mode, devices: poolDevices({ ...pool, sharing }) };
}

const around: NotebookRoom = {
  backend: "kueue",
  pools: [makePool()],
  quotas: [
    {
      path: ["teams", 0, "quotas", 0],
      team: "research",
      pool: "h100",
      cohort: "platform",
      accelerators: 4,
      borrowingLimit: 0,
    },
  ],
  teams: ["research"],
  names: { pools: ["h100", "l40s"], teams: ["research"] },
};

const valid = {
  name: "lab",
  team: "research",
  pool: "h100",
  owner: "ada@example.com",
  accelerators: 4,
  image,
};

const problems = (more: Partial<z.input<typeof notebookEntry>> = {}, other: Partial<NotebookRoom> = {}) =>
  notebookEntryProblems(
    { ...notebookEntry.parse({ ...valid, ...more }), path: ["notebooks", 2] },
    { ...around, ...other },
  );

const at = (field: string) => ["notebooks", 2, field];
const rows: { case: string; more: Partial<z.input<typeof notebookEntry>>; want: Problem }[] = [
  {
    case: "a team that nobody declared",
    more: { team: "physics" },
    want: {
      path: at("team"),
      given: '"physics"',
      allowed: "one of research",
      remedy: "declare physics, or name one that is declared",
    },
  },
  {
    case: "a pool that nobody declared",
    more: { pool: "b200" },
    want: {
      path: at("pool"),
      given: '"b200"',
      allowed: "one of h100, l40s",
      remedy: "declare b200, or name one that is declared",
    },
  },
  {
    case: "a pool where the team has no quota, even for no accelerators",
    more: { pool: "l40s", accelerators: 0 },
    want: {
      path: at("pool"),
      given: '"l40s"',
      allowed: "a pool where team research has a quota: h100",
      remedy: "give team research a quota in pool l40s, or run the notebook in one of these",
    },
  },
  {
    case: "more than the team may ever hold",
    more: { accelerators: 5 },
    want: {
      path: at("accelerators"),
      given: "5",
      allowed: "at most 4 for team research in pool h100 (4 own and 0 borrowed)",
      remedy: "ask for fewer, or raise its accelerators or borrowingLimit by 1",
    },
  },
  {
    case: "more cores than go with an accelerator",
    more: { accelerators: 0, cpuCores: 24 },
    want: {
      path: at("cpuCores"),
      given: "24",
      allowed: "1 to 23, what goes with one of the accelerators of pool h100",
      remedy: "lower it to 23, or ask for accelerators",
    },
  },
  {
    case: "a variable that is not its own (F110)",
    more: { environment: { NVIDIA_VISIBLE_DEVICES: "all" } },
    want: {
      path: ["notebooks", 2, "environment", "NVIDIA_VISIBLE_DEVICES"],
      given: "a value",
      allowed: "nothing: the device plugin sets it",
      remedy: "remove it",
    },
  },
];

test("nothing is wrong with a valid one", () => {
  expect(problems()).toEqual([]);
  expect(problems({ accelerators: 0 })).toEqual([]);
});

test.each(rows)("refused: $case", ({ more, want }) => {
  expect(problems(more)).toEqual([want]);
});

test("a profile that the pool lacks is told once", () => {
  const pool = makePool({ mode: "mig", layouts: [{ nodes: 4, profiles: { "1g.10gb": 7 } }] });
  const quotas = around.quotas.map((quota) => ({ ...quota, profile: "1g.10gb" }));
  const own = { pools: [pool], quotas };
  expect(problems({ accelerators: 1, profile: "1g.10gb" }, own)).toEqual([]);
  expect(problems({ accelerators: 1, profile: "7g.80gb" }, own).map(({ path }) => path)).toEqual([
    at("profile"),
  ]);
});

test("a name is one notebook's, and no job's", () => {
  expect(notebookNameProblems({ jobs: ["pretrain"], notebooks: ["lab", "desk"] })).toEqual([]);
  expect(notebookNameProblems({ jobs: ["pretrain"], notebooks: ["lab", "lab", "pretrain"] })).toEqual([
    {
      path: ["notebooks", 1, "name"],
      given: '"lab", which entry 0 already has',
      allowed: "each name once",
      remedy: "rename one of the two, or merge them",
    },
    {
      path: ["notebooks", 2, "name"],
      given: '"pretrain", which a job already has',
      allowed: "a name that no job has",
      remedy: "rename one of the two",
    },
  ]);
});
