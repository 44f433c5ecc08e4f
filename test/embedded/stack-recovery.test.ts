/** Locks and checkpoints as the CLI's file backend lays them out. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hasPendingOperations, releaseStaleLocks } from "../../embedded/stack-recovery.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A process that goes by this name, until the test ends. */
async function processNamed(name: string): Promise<number> {
  const program = join(temporaryDirectory(), name);
  copyFileSync("/bin/sleep", program);
  const child = spawn(program, ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child.pid ?? 0;
}

const lockOf = (pid: number, host = hostname()) =>
  JSON.stringify({ pid, username: "me", hostname: host, timestamp: "2026-11-21T06:00:00Z" });

/** No process can have this number: the kernel's own bound is 4194304. */
const gone = 4_194_305;

test("only locks whose engine is gone from this machine are released", async () => {
  const directory = temporaryDirectory();
  const files = {
    "held.json": lockOf(await processNamed("pulumi")),
    "held.json.attrs": "{}",
    "elsewhere.json": lockOf(gone, "another-machine"),
    "killed.json": lockOf(gone),
    "killed.json.attrs": "{}",
    "recycled.json": lockOf(await processNamed("nginx")),
    "half.json": '{"pid":1',
    "cut-off.json.18a.tmp": "",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  releaseStaleLocks(directory);
  expect(readdirSync(directory).sort()).toEqual(["elsewhere.json", "held.json", "held.json.attrs"]);
});

test("a stack that was never locked has no directory yet", () => {
  const directory = join(temporaryDirectory(), "locks");
  releaseStaleLocks(directory);
  expect(readdirSync(directory)).toEqual([]);
});

const operation = { type: "creating", resource: {} };

test.each([
  { case: "no state", content: undefined, want: false },
  { case: "a stack that was never up", content: { checkpoint: { latest: {} } }, want: false },
  { case: "none", content: { checkpoint: { latest: { pending_operations: [] } } }, want: false },
  { case: "one", content: { checkpoint: { latest: { pending_operations: [operation] } } }, want: true },
  { case: "a state of another form", content: { version: 9 }, want: false },
])("pending operations: $case", ({ content, want }) => {
  expect(hasPendingOperations(content && JSON.stringify(content))).toBe(want);
});
