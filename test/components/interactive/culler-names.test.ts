import { expect, test } from "vitest";
import { culler } from "../../../components/interactive/culler-names.ts";

test("the culler lives where no team can: in a namespace whose name is reserved", () => {
  expect(culler.namespace).toMatch(/-system$/);
});
