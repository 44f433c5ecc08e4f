import { Provider } from "@pulumi/aws";
import { expect, test } from "vitest";
import { z } from "zod";
import { awsBudget, awsBudgetFields } from "../../../components/cluster/aws-budget.ts";
import { record } from "../../support/record.ts";

test("people are told before the money is gone, of this cluster's cost alone", async () => {
  const resources = await record(() => {
    const provider = new Provider("aws", { region: "us-east-1" });
    awsBudget("main", { usdPerMonth: 300_000, emails: ["ops@example.com"] }, { provider });
  });
  const [budget] = resources.filter(({ type }) => type === "aws:budgets/budget:Budget");
  expect(budget?.inputs).toMatchObject({
    limitAmount: "300000",
    limitUnit: "USD",
    timeUnit: "MONTHLY",
    costFilters: [{ name: "TagKeyValue", values: ["user:plinth.dev/cluster$main"] }],
  });
  const told = budget?.inputs.notifications as { notificationType: string; threshold: number }[];
  expect(told.map(({ notificationType, threshold }) => [notificationType, threshold])).toEqual([
    ["ACTUAL", 80],
    ["ACTUAL", 100],
    ["FORECASTED", 100],
  ]);
});

test.each([
  { case: "nobody to tell", edit: { emails: [] } },
  { case: "no money", edit: { usdPerMonth: 0 } },
])("refused: $case", ({ edit }) => {
  const fields = { usdPerMonth: 1, emails: ["ops@example.com"], ...edit };
  expect(z.strictObject(awsBudgetFields).safeParse(fields).success).toBe(false);
});
