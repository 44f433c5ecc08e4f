import { expect, test } from "vitest";
import { strftime } from "../../../runtime/text/strftime.ts";

test.each([
  { format: "%d %b %Y", want: "05 Jan 2026" },
  { format: "%A, %B %-d", want: "Monday, January 5" },
  { format: "%a %e %y", want: "Mon  5 26" },
  { format: "%H:%M:%S", want: "00:07:09" },
  { format: "%-I %I %p", want: "12 12 AM" },
  { format: "%j %-j", want: "005 5" },
  { format: "%F %T %D", want: "2026-01-05 00:07:09 01/05/26" },
  { format: "100%% %Q", want: "100% %Q" },
])("$format", ({ format, want }) => {
  expect(strftime(new Date(2026, 0, 5, 0, 7, 9), format)).toBe(want);
});

test("an hour after noon, and the last day of a leap year", () => {
  expect(strftime(new Date(2028, 11, 31, 13), "%I %p %j")).toBe("01 PM 366");
});
