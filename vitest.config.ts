/** How the tests run: real programs take seconds to start, so limits are wide and files run two at a time. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/toolchain-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    // A guard against a hang, not a measure: the longest takes a minute alone, and several on a busy machine.
    testTimeout: 1_800_000,
    hookTimeout: 900_000,
  },
});
