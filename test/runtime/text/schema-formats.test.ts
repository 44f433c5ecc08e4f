import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import { formatPattern } from "../../../runtime/text/schema-formats.ts";
import { isPlainPattern } from "../../../runtime/text/schema-pattern.ts";

const ajv = formats.default(new Ajv2020());

test.each([
  { format: "date", fits: ["2026-11-22", "2024-02-28"], others: ["2026-02-30", "2026-13-01", "2026-1-1"] },
  { format: "time", fits: ["23:59:59Z", "00:00:00.125+05:30"], others: ["24:00:00Z", "12:00", "12:00:00"] },
  {
    format: "date-time",
    fits: ["2026-11-22T20:10:00Z", "2026-04-30T00:00:00.000-23:59"],
    others: ["2026-04-31T00:00:00Z", "2026-11-22 20:10:00Z"],
  },
  {
    format: "uuid",
    fits: ["123e4567-e89b-12d3-a456-426614174000"],
    others: ["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400"],
  },
  { format: "ipv4", fits: ["0.0.0.0", "255.249.199.9"], others: ["256.1.1.1", "1.2.3", "01.2.3.4"] },
  { format: "email", fits: ["a.b+c@d-e.org", "x_1@y.zz"], others: ["a@b", "a..b@c.d", "@c.d", "a@-c.d"] },
])("$format: what fits, and what does not", ({ format, fits, others }) => {
  const pattern = formatPattern(format) ?? "";
  expect(isPlainPattern(pattern)).toBe(true);
  const isTaken = (text: string) => new RegExp(pattern).test(text);
  expect(fits.map(isTaken)).toEqual(fits.map(() => true));
  expect(others.map(isTaken)).toEqual(others.map(() => false));
  expect(fits.map((text) => ajv.validate({ type: "string", format }, text))).toEqual(fits.map(() => true));
});

test("others say nothing that can be held to", () => {
  expect(["uri", "int32", "toString", 7, undefined].map(formatPattern)).toEqual(Array(5).fill(undefined));
});
