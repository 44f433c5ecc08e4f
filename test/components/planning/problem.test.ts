import { expect, test } from "vitest";
import { count, formatPath, upTo } from "../../../components/planning/problem.ts";

test.each([
  { case: "a field", path: ["teams"], want: "teams" },
  { case: "nested lists", path: ["teams", 1, "quotas", 0, "pool"], want: "teams[1].quotas[0].pool" },
  { case: "a list at the top", path: [2, "name"], want: "[2].name" },
  { case: "the whole value", path: [], want: "" },
])("path of $case", ({ path, want }) => {
  expect(formatPath(path)).toBe(want);
});

test.each([
  { amount: 0, want: "0 nodes" },
  { amount: 1, want: "1 node" },
  { amount: 2, want: "2 nodes" },
])("$want", ({ amount, want }) => {
  expect(count(amount, "node")).toBe(want);
});

test.each([
  { limit: 0, want: "0" },
  { limit: 8, want: "0 to 8" },
])("up to $limit", ({ limit, want }) => {
  expect(upTo(limit)).toBe(want);
});
