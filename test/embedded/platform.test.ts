/** Which stacks a platform knows; everything else of it runs programs and is seen in test/e2e. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { Platform, projectDirectory } from "../../embedded/platform.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

afterEach(() => vi.unstubAllEnvs());

test("the project is the directory that holds Pulumi.yaml", () => {
  expect(existsSync(join(projectDirectory, "Pulumi.yaml"))).toBe(true);
});

test.each([
  { case: "its state", file: "local.json", want: true },
  { case: "its compressed state", file: "local.json.zst", want: true },
  { case: "only what was left of it", file: "local.json.bak", want: false },
  { case: "another stack's state", file: "local-2.json", want: false },
])("the stack `local` exists where there is $case", ({ file, want }) => {
  const root = temporaryDirectory();
  vi.stubEnv("PLINTH_STATE_DIR", root);
  const stacks = join(root, "pulumi", "backend", ".pulumi", "stacks", "plinth");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, file), "{}");
  expect(new Platform().hasStack("local")).toBe(want);
});
