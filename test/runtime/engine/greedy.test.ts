import { expect, test } from "vitest";
import { Adjustments } from "../../../runtime/engine/adjustments.ts";
import { greedy } from "../../../runtime/engine/greedy.ts";
import { requestOf } from "../../support/runtime/requests.ts";

test("it takes the likeliest token, and leaves every logit as it is", () => {
  expect(greedy.temperature).toBe(0);
  expect(Adjustments.of(requestOf([1], { sampling: greedy }))).toBeUndefined();
});
