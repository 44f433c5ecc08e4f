import { expect, test } from "vitest";
import { maxNodes } from "../../../components/planning/account-pool.ts";

test("a pool grows in each of its zones (F98)", () => {
  expect(maxNodes({ maxNodesPerZone: 2, zones: 3 })).toBe(6);
  expect(maxNodes({ maxNodesPerZone: 2 })).toBe(2);
});
