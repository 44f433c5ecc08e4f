import { expect, test } from "vitest";
import { parseConfig } from "../../components/config.ts";
import { platformPlan } from "../../components/planning/platform-plan.ts";
import { stackConfig } from "../../stacks/config.ts";
import { planDifferences, writtenPlan } from "../../stacks/plan-difference.ts";
import { planRequest } from "../../stacks/plan-request.ts";
import { makeStack } from "../support/builders.ts";

function planOf(stack: unknown) {
  return platformPlan(planRequest(parseConfig(stackConfig, stack, "stack")));
}

const now = planOf(makeStack());
/** As it is read back from JSON. */
const written = writtenPlan.parse(JSON.parse(JSON.stringify(now)));

test("a plan and itself", () => {
  expect(planDifferences(written, now)).toEqual([]);
});

test.each([
  {
    case: "another number of nodes",
    edit: (stack: ReturnType<typeof makeStack>) => Object.assign(stack.pools[1] ?? {}, { nodes: 3 }),
    want: [
      { what: "pool l40s nodes", before: "2", after: "3" },
      { what: "pool l40s accelerators", before: "8", after: "12" },
      {
        what: "pool l40s devices",
        before: '[{"noun":"accelerators","total":8,"promised":8,"headroom":0}]',
        after: '[{"noun":"accelerators","total":12,"promised":8,"headroom":4}]',
      },
    ],
  },
  {
    case: "a job less",
    edit: (stack: ReturnType<typeof makeStack>) => stack.jobs.splice(0, 1),
    want: [{ what: "gang pretrain", before: "there", after: "none" }],
  },
  {
    case: "another cost center",
    edit: (stack: ReturnType<typeof makeStack>) =>
      Object.assign(stack.teams[0] ?? {}, { costCenter: "cc-9" }),
    want: [{ what: "team research costCenter", before: "cc-1", after: "cc-9" }],
  },
])("$case", ({ edit, want }) => {
  const stack = makeStack();
  edit(stack);
  expect(planDifferences(written, planOf(stack))).toEqual(want);
});

test("a row that came", () => {
  const before = { ...written, pools: written.pools.slice(1) };
  expect(planDifferences(before, now)).toEqual([{ what: "pool h100", before: "none", after: "new" }]);
});
