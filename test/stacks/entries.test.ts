import { expect, test } from "vitest";
import { jobEntry, notebookEntry, poolEntry, teamEntry, topologyEntry } from "../../stacks/entries.ts";
import { placeholder as image, makeStack } from "../support/builders.ts";

const { pools, teams, jobs } = makeStack();

test.each([
  { case: "pool", schema: poolEntry, entry: pools[0] },
  { case: "team", schema: teamEntry, entry: teams[0] },
  { case: "job", schema: jobEntry, entry: jobs[0] },
  {
    case: "notebook",
    schema: notebookEntry,
    entry: { name: "lab", team: "research", pool: "h100", owner: "ada", image },
  },
  { case: "machine room", schema: topologyEntry, entry: {} },
])("a $case is valid, and invalid with an unknown field", ({ schema, entry }) => {
  expect(schema.safeParse(entry).success).toBe(true);
  expect(schema.safeParse({ ...entry, colour: "blue" }).success).toBe(false);
});

test("a pool needs a machine that exists", () => {
  expect(poolEntry.safeParse({ ...pools[1], acceleratorsPerNode: 3 }).success).toBe(false);
});
