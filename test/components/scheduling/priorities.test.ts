import { expect, test } from "vitest";
import { priorities, priorityNames } from "../../../components/scheduling/priorities.ts";

test("one scale, from the lowest to the highest", () => {
  expect(priorityNames).toEqual(["low", "normal", "high"]);
  const values = priorityNames.map((name) => priorities[name].value);
  expect(values).toEqual([...values].sort((a, b) => a - b));
});
