import { expect, test } from "vitest";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { makeGcpCluster, ofType } from "../../support/gcp-stack.ts";
import { record } from "../../support/record.ts";

async function build(budget?: object) {
  const resources = await record(() => {
    gcpCluster("ai", { ...makeGcpCluster(), ...(budget ? { budget } : {}) } as never);
  });
  return {
    budgets: ofType(resources, "gcp:billing/budget:Budget"),
    channels: ofType(resources, "gcp:monitoring/notificationChannel:NotificationChannel"),
  };
}

test("an alarm at parts of the month's money, and one while it can still be kept", async () => {
  const emails = ["finance@acme.com"];
  const { budgets, channels } = await build({
    billingAccount: "012345-6789AB-CDEF01",
    usdPerMonth: 90_000,
    thresholdsPercent: [50, 100],
    emails,
  });
  expect(channels.map(({ inputs }) => inputs.labels)).toEqual([{ email_address: "finance@acme.com" }]);
  expect(budgets.map(({ inputs }) => inputs)).toEqual([
    {
      billingAccount: "012345-6789AB-CDEF01",
      displayName: "acme-ai: ai",
      budgetFilter: { projects: ["projects/123456789012"], calendarPeriod: "MONTH" },
      amount: { specifiedAmount: { currencyCode: "USD", units: "90000" } },
      thresholdRules: [
        { thresholdPercent: 0.5 },
        { thresholdPercent: 1 },
        { thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" },
      ],
      allUpdatesRule: { monitoringNotificationChannels: ["ai-finance@acme.com-id"] },
    },
  ]);
});

test("no budget, no alarm", async () => {
  expect(await build()).toEqual({ budgets: [], channels: [] });
});
