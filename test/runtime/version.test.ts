import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { version } from "../../runtime/version.ts";

test("the runtime's version is the project's", () => {
  expect(version).toBe(manifest.version);
});
