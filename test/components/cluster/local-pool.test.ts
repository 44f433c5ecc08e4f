import { expect, test } from "vitest";
import { localPool } from "../../../components/cluster/local-pool.ts";

const pool = { name: "l40s", accelerator: "nvidia-l40s", nodes: 2, acceleratorsPerNode: 4 };

test("a pool of simulated nodes says how many of which machine", () => {
  expect(localPool.parse(pool)).toEqual({ ...pool, sharing: { mode: "dedicated" } });
});

test.each([
  { case: "no nodes", edit: { nodes: 0 }, path: ["nodes"] },
  { case: "more nodes than were tried", edit: { nodes: 1001 }, path: ["nodes"] },
  { case: "an accelerator of no catalogue", edit: { accelerator: "nvidia-l41" }, path: ["accelerator"] },
  { case: "a machine of no catalogue", edit: { acceleratorsPerNode: 3 }, path: ["acceleratorsPerNode"] },
  { case: "a field of another environment", edit: { machine: "p5.48xlarge" }, path: [] },
])("refused: $case", ({ edit, path }) => {
  const { error } = localPool.safeParse({ ...pool, ...edit });
  expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
});
