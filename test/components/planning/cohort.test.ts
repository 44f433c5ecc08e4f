import { expect, test } from "vitest";
import {
  borrowable,
  borrowingProblems,
  type CohortPlan,
  type CohortQuota,
  cohortProblems,
} from "../../../components/planning/cohort.ts";
import { upTo } from "../../../components/planning/problem.ts";
import type { QuotaPlan } from "../../../components/planning/quota.ts";

function quota(team: string, change: Partial<QuotaPlan> = {}): QuotaPlan {
  const path = ["teams", team, "quotas", 0];
  return { path, team, pool: "h100", cohort: "platform", accelerators: 16, borrowingLimit: 0, ...change };
}

function refusal(given: string, lendable: number) {
  return {
    path: ["teams", "a", "quotas", 0, "borrowingLimit"],
    given,
    allowed: `${upTo(lendable)}, what the other teams of cohort platform lend in pool h100`,
    remedy: `lower borrowingLimit to ${lendable}, or let the other teams lend more`,
  };
}

test.each([
  { case: "all that the other lends", quotas: [quota("a", { borrowingLimit: 16 }), quota("b")], want: [] },
  {
    case: "more than the other owns",
    quotas: [quota("a", { borrowingLimit: 17 }), quota("b")],
    want: [refusal("17", 16)],
  },
  {
    case: "more than the other lends",
    quotas: [quota("a", { borrowingLimit: 9 }), quota("b", { lendingLimit: 8 })],
    want: [refusal("9", 8)],
  },
  {
    case: "from a team of another cohort",
    quotas: [quota("a", { borrowingLimit: 1 }), quota("b", { cohort: "other" })],
    want: [refusal("1", 0)],
  },
  {
    case: "from a quota in another pool",
    quotas: [quota("a", { borrowingLimit: 1 }), quota("b", { pool: "l40s" })],
    want: [refusal("1", 0)],
  },
  { case: "from itself", quotas: [quota("a", { borrowingLimit: 1 })], want: [refusal("1", 0)] },
  {
    case: "a lending limit above what is owned lends no more than that",
    quotas: [quota("a", { borrowingLimit: 20 }), quota("b", { lendingLimit: 20 })],
    want: [refusal("20", 16)],
  },
])("borrowing: $case", ({ quotas, want }) => {
  expect(borrowingProblems(quotas)).toEqual(want);
});

test("slices of another profile are not lent", () => {
  const borrower = quota("a", { profile: "1g.10gb", borrowingLimit: 1 });
  const lender = quota("b", { profile: "3g.40gb" });
  expect(borrowingProblems([borrower, lender])).toEqual([refusal("1", 0)]);
  expect(borrowingProblems([borrower, { ...lender, profile: "1g.10gb" }])).toEqual([]);
});

function node(cohort: string, parent?: string, own: Partial<CohortQuota> = {}): CohortPlan {
  const quotas = Object.keys(own).length > 0 ? [{ pool: "h100", accelerators: 0, ...own }] : [];
  return { path: ["tree", cohort], cohort, parent, quotas };
}

const company = node("company");
const [a, b] = [quota("a"), quota("b", { cohort: "other" })];

test.each([
  {
    case: "cohorts under one parent lend to each other",
    tree: [company, node("platform", "company"), node("other", "company")],
    want: 16,
  },
  {
    case: "what a cohort owns itself is lent too",
    tree: [node("platform", undefined, { accelerators: 5 })],
    want: 5,
  },
  {
    case: "a cohort lends no more than its limit",
    tree: [company, node("platform", "company"), node("other", "company", { lendingLimit: 4 })],
    want: 4,
  },
  {
    case: "a cohort borrows no more than its limit",
    tree: [company, node("platform", "company", { borrowingLimit: 3 }), node("other", "company")],
    want: 3,
  },
  {
    case: "what a cohort does not lend stays with those below it",
    tree: [
      company,
      node("platform", "company", { accelerators: 6, lendingLimit: 0 }),
      node("other", "company"),
    ],
    want: 22,
  },
  { case: "a circle ends", tree: [node("platform", "other"), node("other", "platform")], want: 16 },
])("what a team can borrow in a tree: $case", ({ tree, want }) => {
  expect(borrowable(a, [a, b], tree)).toBe(want);
});

test("in a tree the refusal names the cohorts above", () => {
  const tree = [company, node("platform", "company"), node("other", "company", { lendingLimit: 4 })];
  expect(borrowingProblems([quota("a", { borrowingLimit: 5 }), b], tree)).toEqual([
    {
      path: ["teams", "a", "quotas", 0, "borrowingLimit"],
      given: "5",
      allowed: "0 to 4, what cohort platform and those above it lend in pool h100",
      remedy: "lower borrowingLimit to 4, or let others lend more",
    },
  ]);
});

const cohorts = ["company", "platform", "other"];

test.each([
  { case: "a whole tree", tree: [company, node("platform", "company", { lendingLimit: 1 })], want: [] },
  { case: "a cohort that is not declared", tree: [node("lab")], want: [["tree.lab.cohort", '"lab"']] },
  {
    case: "a parent that is not declared",
    tree: [node("other", "lab")],
    want: [["tree.other.parent", '"lab"']],
  },
  {
    case: "a cohort twice",
    tree: [company, company],
    want: [["tree.company.cohort", '"company", which entry 0 already has']],
  },
  {
    case: "a circle",
    tree: [node("platform", "other"), node("other", "platform")],
    want: [
      ["tree.platform.parent", "platform below other below platform: a circle of 2 cohorts"],
      ["tree.other.parent", "other below platform below other: a circle of 2 cohorts"],
    ],
  },
  {
    case: "borrowing without a parent",
    tree: [node("other", undefined, { borrowingLimit: 1 })],
    want: [["tree.other.quotas.0.borrowingLimit", "1"]],
  },
  {
    case: "lending without a parent",
    tree: [node("other", undefined, { lendingLimit: 0 })],
    want: [["tree.other.quotas.0.lendingLimit", "0"]],
  },
  {
    case: "a pool that is not declared",
    tree: [node("other", undefined, { pool: "l4" })],
    want: [["tree.other.quotas.0.pool", '"l4"']],
  },
  {
    case: "a pool twice",
    tree: [{ ...company, quotas: [1, 2].map((accelerators) => ({ pool: "h100", accelerators })) }],
    want: [["tree.company.quotas.1.pool", '"h100", which entry 0 already has']],
  },
])("cohorts: $case", ({ tree, want }) => {
  const problems = cohortProblems(tree, cohorts, ["h100"]);
  expect(problems.map(({ path, given }) => [path.join("."), given])).toEqual(want);
});
