/** A monthly budget of AWS: people hear of a cost while there is still a month to change it. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { clusterTag } from "../catalogue/eks.ts";

export const awsBudgetFields = {
  /** USD a month. */
  usdPerMonth: z.int().min(1).max(1_000_000_000),
  /** Who is told at 80 % spent, at 100 % spent, and when a month's forecast goes over. */
  emails: z.array(z.email()).min(1).max(10),
};

const awsBudgetConfig = z.strictObject(awsBudgetFields);

export type AwsBudgetArgs = z.output<typeof awsBudgetConfig>;

/** Counts what carries the cluster's tag, which the account must have activated for cost allocation. */
export function awsBudget(
  name: string,
  { usdPerMonth, emails }: AwsBudgetArgs,
  opts: pulumi.CustomResourceOptions,
): aws.budgets.Budget {
  const told = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
    comparisonOperator: "GREATER_THAN",
    notificationType,
    threshold,
    thresholdType: "PERCENTAGE",
    subscriberEmailAddresses: [...emails],
  });
  return new aws.budgets.Budget(
    name,
    {
      name,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitUnit: "USD",
      limitAmount: String(usdPerMonth),
      costFilters: [{ name: "TagKeyValue", values: [`user:${clusterTag}$${name}`] }],
      notifications: [told("ACTUAL", 80), told("ACTUAL", 100), told("FORECASTED", 100)],
    },
    opts,
  );
}
