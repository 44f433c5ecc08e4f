import { expect, test } from "vitest";
import { type CloudMachineId, cloudMachines } from "../../../components/catalogue/cloud-machine.ts";
import { machinePrices } from "../../../components/catalogue/machine-prices.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

const ids = Object.keys(cloudMachines) as CloudMachineId[];

test.each(ids)("%s has a price with source and day, or a reason why not", (id) => {
  const prices = machinePrices(id);
  if (!isKnown(prices)) {
    expect(prices.unknown.length).toBeGreaterThan(20);
    return;
  }
  expect(prices.length).toBeGreaterThan(0);
  for (const { usdPerHour, source, date, region } of prices) {
    expect(usdPerHour).toBeGreaterThan(0);
    expect(source).toMatch(/@[0-9a-f]{7}$/);
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(region).toMatch(/^[a-z]+-[a-z]+-?\d$/);
  }
});

test("71 machines have a price", () => {
  expect(ids.filter((id) => isKnown(machinePrices(id))).length).toBe(71);
});
