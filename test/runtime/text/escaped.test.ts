import { expect, test } from "vitest";
import { escaped } from "../../../runtime/text/escaped.ts";

const signs = String.raw`a\^$.*+?()[]{}|/-z`;

test.each(["u", "v"])("every sign means itself under the flag %s", (flag) => {
  const pattern = new RegExp(`^${escaped(signs)}$`, flag);
  expect([pattern.test(signs), pattern.test(signs.replace(".", "x"))]).toEqual([true, false]);
});
