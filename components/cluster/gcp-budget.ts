/** An alarm before the month costs more than it should; it stops nothing. */
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { GcpClusterConfig } from "./gcp-fields.ts";

export function gcpBudget(
  name: string,
  { project, budget }: GcpClusterConfig,
  opts: pulumi.CustomResourceOptions,
): gcp.billing.Budget | undefined {
  if (!budget) return undefined;
  const channels = budget.emails.map(
    (email) =>
      new gcp.monitoring.NotificationChannel(
        `${name}-${email}`,
        { project: project.id, type: "email", labels: { email_address: email }, displayName: email },
        opts,
      ),
  );
  return new gcp.billing.Budget(
    name,
    {
      billingAccount: budget.billingAccount,
      displayName: `${project.id}: ${name}`,
      budgetFilter: { projects: [`projects/${project.number}`], calendarPeriod: "MONTH" },
      amount: { specifiedAmount: { currencyCode: "USD", units: String(budget.usdPerMonth) } },
      thresholdRules: [
        ...budget.thresholdsPercent.map((percent) => ({ thresholdPercent: percent / 100 })),
        // Also while there is time to do something.
        { thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" },
      ],
      ...(channels.length > 0
        ? { allUpdatesRule: { monitoringNotificationChannels: channels.map(({ id }) => id) } }
        : {}),
    },
    opts,
  );
}
