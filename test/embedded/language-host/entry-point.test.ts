/** Where a program's own SDK is found. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { entryPointPath } from "../../../embedded/language-host/entry-point.ts";

test.each(["run", "run-plugin", "run-policy-pack"] as const)(
  "%s is found from a subdirectory",
  (entryPoint) => {
    const sdk = join(import.meta.dirname, "../../../node_modules/@pulumi/pulumi");
    expect(entryPointPath(import.meta.dirname, entryPoint)).toBe(join(sdk, "cmd", entryPoint, "index.js"));
  },
);

test("a program without the SDK is told to install it", () => {
  expect(() => entryPointPath(tmpdir(), "run")).toThrow(
    `@pulumi/pulumi is not installed for ${tmpdir()}: run \`npm ci\` there and try again.`,
  );
});
