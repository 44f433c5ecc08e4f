import { expect, test } from "vitest";
import { gcpPlannedPools } from "../../stacks/gcp-plan.ts";
import { gcpConfig, makeGcpStack } from "../support/gcp-stack.ts";

function costs(spoil: (stack: ReturnType<typeof makeGcpStack>) => void = () => {}) {
  const stack = makeGcpStack();
  spoil(stack);
  return gcpPlannedPools(gcpConfig(stack)).map(({ name, capacity, cost }) => [name, capacity, cost]);
}

test("machines at their most, at the price of the region", () => {
  const [h100 = []] = costs();
  // 4 at 88.49 USD and a little for 730 hours.
  expect(h100).toMatchObject(["h100", "on-demand", { price: { region: "us-central1", date: "2026-08-20" } }]);
  expect(Math.round((h100[2] as { usdPerMonth: number }).usdPerMonth / 1000)).toBe(258);
});

test("what has no public price is told as such", () => {
  const known = costs((stack) => {
    stack.pools[0].capacity = { type: "reservation", reservation: "h100s", placementPolicy: "near" };
    stack.pools[1].capacity = { type: "flex-start", maxRunHours: 24, queued: false };
  });
  expect(known).toEqual([
    ["h100", undefined, { unknown: "reservation h100s: paid as agreed" }],
    ["l4", undefined, { unknown: "no source of prices tells those of flex-start" }],
    [
      "tpu",
      "on-demand",
      { unknown: expect.stringContaining("no price for ct5lp-hightpu-4t, on-demand in us-central1") },
    ],
  ]);
});
