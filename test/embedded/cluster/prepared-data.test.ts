/** Copies of etcd's data for later installations. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import {
  hasData,
  keepPreparedData,
  preparedDataDirectory,
  usePreparedData,
} from "../../../embedded/cluster/prepared-data.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

afterEach(() => vi.unstubAllEnvs());

function dataIn(directory: string, content: string): string {
  mkdirSync(join(directory, "member"), { recursive: true });
  writeFileSync(join(directory, "member", "db"), content);
  return directory;
}

test("lies in the cache, under a name that follows from what the data depends on", () => {
  vi.stubEnv("XDG_CACHE_HOME", "/cache");
  const one = preparedDataDirectory(["etcd-1", "crds-1"]);
  expect(one).toMatch(/^\/cache\/plinth\/etcd\/[0-9a-f]{16}$/);
  expect(preparedDataDirectory(["etcd-1", "crds-1"])).toBe(one);
  expect(preparedDataDirectory(["etcd-1", "crds-2"])).not.toBe(one);
});

test("is kept from a halted etcd, which then goes on, and begins the next installation", async () => {
  const root = temporaryDirectory();
  const prepared = join(root, "cache", "prepared");
  const etcd = spawn("sleep", ["60"]);
  onTestFinished(() => void etcd.kill("SIGKILL"));
  await once(etcd, "spawn");
  keepPreparedData(prepared, dataIn(join(root, "first"), "kinds"), etcd.pid ?? 0);
  // T would be a process that is still halted.
  expect(readFileSync(`/proc/${etcd.pid}/stat`, "utf8").split(") ")[1]?.[0]).toMatch(/[RS]/);
  expect(readdirSync(dirname(prepared))).toEqual(["prepared"]);

  const next = join(root, "next");
  expect(usePreparedData(prepared, next)).toBe(true);
  expect(readFileSync(join(next, "member", "db"), "utf8")).toBe("kinds");
});

test("never replaces data, neither an installation's nor what was kept before", () => {
  const root = temporaryDirectory();
  const prepared = dataIn(join(root, "prepared"), "kinds");
  const own = dataIn(join(root, "own"), "objects");
  expect(usePreparedData(prepared, own)).toBe(false);
  expect(readFileSync(join(own, "member", "db"), "utf8")).toBe("objects");
  keepPreparedData(prepared, own, 0);
  expect(readFileSync(join(prepared, "member", "db"), "utf8")).toBe("kinds");
});

test.each([
  { case: "no directory", make: (): void => undefined, want: false },
  { case: "an empty directory", make: (path: string): void => void mkdirSync(path), want: false },
  { case: "a member", make: (path: string): void => void dataIn(path, "x"), want: true },
])("has data: $case", ({ make, want }) => {
  const directory = join(temporaryDirectory(), "etcd");
  make(directory);
  expect(hasData(directory)).toBe(want);
});

test("nothing is used where nothing was kept", () => {
  const root = temporaryDirectory();
  expect(usePreparedData(join(root, "prepared"), join(root, "etcd"))).toBe(false);
  expect(readdirSync(root)).toEqual([]);
});
