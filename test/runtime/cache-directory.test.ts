/** The user's cache directory, wherever it was moved to. */
import { homedir } from "node:os";
import { afterEach, expect, test, vi } from "vitest";
import { cacheDirectory } from "../../runtime/cache-directory.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["/elsewhere", "/elsewhere/plinth/runtime"],
  ["", `${homedir()}/.cache/plinth/runtime`],
])("XDG_CACHE_HOME=%j", (moved, directory) => {
  vi.stubEnv("XDG_CACHE_HOME", moved);
  expect(cacheDirectory()).toBe(directory);
});
