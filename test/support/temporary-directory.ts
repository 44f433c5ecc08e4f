/** A directory of a test's own that is gone once the test has ended. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "plinth-unit-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
