import { expect, test } from "vitest";
import { isRecord } from "../../../runtime/text/is-record.ts";

test.each<[unknown, boolean]>([
  [{}, true],
  [[], false],
  [null, false],
  ["{}", false],
  [undefined, false],
])("%j: %j", (value, isObject) => {
  expect(isRecord(value)).toBe(isObject);
});
