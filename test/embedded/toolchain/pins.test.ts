import { join } from "node:path";
import { expect, test } from "vitest";
import { parts } from "../../../embedded/toolchain/parts.ts";
import {
  compareVersions,
  pinnedVersion,
  requiredGo,
  requiredVersion,
} from "../../../embedded/toolchain/pins.ts";

const goMod = `module sample

go 1.26.0

require single.example/one v1.2.3

require (
	block.example/two v2.0.1
	block.example/twofold/v3 v3.4.5 // indirect
)

replace replaced.example/x => other.example/y v9.9.9
`;

test.each([
  { case: "a require line", module: "single.example/one", want: "1.2.3" },
  { case: "a line of a require block", module: "block.example/two", want: "2.0.1" },
  { case: "an indirect requirement", module: "block.example/twofold/v3", want: "3.4.5" },
  { case: "a replaced module is not required", module: "replaced.example/x", want: undefined },
  { case: "the start of another path is not it", module: "block.example/tw", want: undefined },
])("required version: $case", ({ module, want }) => {
  expect(requiredVersion(goMod, module)).toBe(want);
});

test("the go line without its patch", () => {
  expect(requiredGo(goMod)).toBe("1.26");
});

test.each([
  { case: "equal", a: "3.259.0", b: "3.259.0", want: 0 },
  { case: "numbers, not text", a: "3.1000.0", b: "3.259.0", want: 1 },
  { case: "older", a: "1.9.9", b: "1.26", want: -1 },
  { case: "a missing number is 0", a: "1.26", b: "1.26.0", want: 0 },
])("compare versions: $case", ({ a, b, want }) => {
  expect(Math.sign(compareVersions(a, b))).toBe(want);
});

test.each(parts.map((part) => ({ case: part.name, part })))("$case is pinned to a release", ({ part }) => {
  const modules = join(import.meta.dirname, "..", "..", "..", "embedded", "toolchain");
  expect(pinnedVersion(part, modules)).toMatch(/^\d+\.\d+\.\d+$/);
});
