import { expect, test } from "vitest";
import { eksEnums, gkeEnums } from "../../../components/catalogue/api-enums.ts";

test("both clouds write effects of taints alike, and otherwise than Kubernetes", () => {
  expect(eksEnums.taintEffects).toEqual(gkeEnums.taintEffects);
  expect(gkeEnums.taintEffects).toEqual(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]);
});

test("reserved capacity of EC2 has a word of its own for the group and another for the template", () => {
  expect(eksEnums.capacityTypes).toContain("CAPACITY_BLOCK");
  expect(eksEnums.marketTypes).toContain("capacity-block");
});
