import { expect, test } from "vitest";
import { amount, dollars, toCents } from "../../../components/planning/money.ts";

test("amounts are whole cents, thousands apart", () => {
  expect([toCents(0.005), toCents(10 / 3)]).toEqual([0.01, 3.33]);
  expect([amount(80_358.4), amount(7), dollars(1234.567)]).toEqual(["80,358.40", "7.00", "1,234.57 USD"]);
});
