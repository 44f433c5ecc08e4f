import { expect, test } from "vitest";
import { capacityTypes, hoursPerMonth } from "../../../components/catalogue/price.ts";

test("kinds of capacity", () => {
  expect(capacityTypes).toEqual(["on-demand", "spot", "reserved-1y", "reserved-3y"]);
});

test("a month is a twelfth of a year of 365 days", () => {
  expect(hoursPerMonth).toBe((365 * 24) / 12);
});
