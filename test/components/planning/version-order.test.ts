import { expect, test } from "vitest";
import { isOlder, minorVersion } from "../../../components/planning/version-order.ts";

test.each([
  { version: "570.26", than: "570.133.20", want: true },
  { version: "570.133.20", than: "570.26", want: false },
  { version: "9.0", than: "10.0", want: true },
  { version: "1.36", than: "1.36.0", want: false },
  { version: "1.36.0", than: "1.36", want: false },
  { version: "v1.35.2-gke.1485000", than: "1.35.3", want: true },
  { version: "v1.35.3+k3s1", than: "1.35.3", want: false },
])("$version older than $than: $want", ({ version, than, want }) => {
  expect(isOlder(version, than)).toBe(want);
});

test.each([
  { version: "v1.36.4", want: "1.36" },
  { version: "1.35", want: "1.35" },
  { version: "5.15.0-117-generic", want: "5.15" },
])("minor version of $version", ({ version, want }) => {
  expect(minorVersion(version)).toBe(want);
});
