import { expect, test } from "vitest";
import { parseRecord } from "../../../controllers/node-health/health-record.ts";
import { makeRecord } from "../../support/health-world.ts";

test.each([
  { case: "none", annotation: undefined, want: undefined },
  { case: "its own", annotation: JSON.stringify(makeRecord()), want: makeRecord() },
  { case: "no JSON", annotation: "{", want: undefined },
  {
    case: "an unknown severity",
    annotation: JSON.stringify({ ...makeRecord(), severity: "dead" }),
    want: undefined,
  },
  { case: "no time", annotation: JSON.stringify({ ...makeRecord(), draining: "soon" }), want: undefined },
  {
    case: "a field of another version",
    annotation: JSON.stringify({ ...makeRecord(), more: 1 }),
    want: makeRecord(),
  },
])("$case", ({ annotation, want }) => {
  expect(parseRecord(annotation)).toEqual(want);
});
