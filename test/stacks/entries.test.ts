import { expect, test } from "vitest";
import { jobEntry, notebookEntry, teamEntry, topologyEntry } from "../../stacks/entries.ts";
import { placeholder as image, makeStack } from "../support/builders.ts";

const { teams, jobs } = makeStack();

test.each([
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
