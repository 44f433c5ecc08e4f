import { expect, test } from "vitest";
import type { Problem } from "../../../components/planning/problem.ts";
import { accelerators, type RolePlan, rolesProblems } from "../../../components/planning/roles.ts";

const pool = { path: ["pools", 0], name: "h100", nodes: 4, acceleratorsPerNode: 8 };
const quota = {
  path: ["teams", 0, "quotas", 0],
  team: "research",
  pool: "h100",
  cohort: "platform",
  accelerators: 24,
  borrowingLimit: 8,
};

function role(name: string, nodes: number, acceleratorsPerNode: number): RolePlan {
  return { name, nodes, acceleratorsPerNode, path: ["jobs", 0, "roles", name] };
}

test("all accelerators of a gang", () => {
  expect(accelerators([role("a", 2, 8), role("b", 3, 1)])).toBe(19);
});

test.each([
  { case: "one role that fills the pool", roles: [role("a", 4, 8)] },
  { case: "two that fill it together", roles: [role("a", 3, 8), role("b", 2, 4)] },
  { case: "small pods that share nodes", roles: [role("a", 4, 4), role("b", 4, 4)] },
  { case: "one role of more pods than nodes", roles: [role("a", 8, 4)] },
  { case: "several of more pods than nodes", roles: [role("a", 16, 1), role("b", 8, 2)] },
  { case: "large pods, and small ones beside them", roles: [role("a", 4, 5), role("b", 4, 3)] },
])("$case can run", ({ roles }) => {
  expect(rolesProblems(["jobs", 0], roles, pool, quota)).toEqual([]);
});

test("what is not known refuses nothing", () => {
  expect(rolesProblems([], [role("a", 9, 9), role("b", 9, 9)], undefined, undefined)).toEqual([]);
});

const rows: { case: string; roles: RolePlan[]; quota?: Partial<typeof quota>; want: Problem[] }[] = [
  {
    case: "a role larger than the pool (F40)",
    roles: [role("a", 5, 5), role("b", 1, 1)],
    want: [
      {
        path: ["jobs", 0, "roles", "a", "nodes"],
        given: "5",
        allowed: "1 to 4, the nodes of pool h100",
        remedy: "lower nodes to 4, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "pods of more than half a node, more of them than nodes (F40)",
    roles: [role("a", 3, 5), role("b", 2, 5)],
    want: [
      {
        path: ["jobs", 0, "roles"],
        given: "5 nodes at once (a: 3 pods of 5, b: 2 pods of 5)",
        allowed: "at most 4, the nodes of pool h100",
        remedy: "make a role smaller, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "single accelerators, more of them than there are (F40)",
    roles: [role("a", 16, 1), role("b", 17, 1)],
    quota: { accelerators: 32 },
    want: [
      {
        path: ["jobs", 0, "roles"],
        given: "5 nodes at once (a: 16 pods of 1, b: 17 pods of 1)",
        allowed: "at most 4, the nodes of pool h100",
        remedy: "make a role smaller, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "pods of a third, of which each node takes two, in two roles (F40)",
    roles: [role("a", 5, 3), role("b", 4, 3)],
    want: [
      {
        path: ["jobs", 0, "roles"],
        given: "5 nodes at once (a: 5 pods of 3, b: 4 pods of 3)",
        allowed: "at most 4, the nodes of pool h100",
        remedy: "make a role smaller, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "together more than the queue ever holds",
    roles: [role("a", 2, 8), role("b", 1, 8)],
    quota: { accelerators: 8 },
    want: [
      {
        path: ["jobs", 0, "roles"],
        given: "24 accelerators (a: 2 pods of 8, b: 1 pod of 8)",
        allowed: "at most 16 for team research in pool h100 (8 own and 8 borrowed)",
        remedy: "make a role smaller, or raise the team's accelerators or borrowingLimit by 8",
      },
    ],
  },
  {
    case: "one role more than the queue ever holds, in the words of a plain gang",
    roles: [role("a", 3, 8)],
    quota: { accelerators: 8 },
    want: [
      {
        path: ["jobs", 0, "roles", "a", "nodes"],
        given: "24 accelerators (3 pods of 8)",
        allowed: "at most 16 for team research in pool h100 (8 own and 8 borrowed)",
        remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
      },
    ],
  },
];

test.each(rows)("refused: $case", ({ roles, quota: other, want }) => {
  expect(rolesProblems(["jobs", 0], roles, pool, { ...quota, ...other })).toEqual(want);
});

test("the field that lists the roles has the name that the kind gives it", () => {
  const [problem] = rolesProblems([], [role("a", 3, 8), role("b", 2, 8)], pool, quota, "workers");
  expect(problem?.path).toEqual(["workers"]);
});
