/** Processes are recognised beyond their number. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  identify,
  isRunning,
  kill,
  killRecorded,
  readRunning,
  writeIdentity,
} from "../../../embedded/cluster/process-identity.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

async function sleeper() {
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const identity = identify(child.pid ?? 0);
  if (!identity) throw new Error("the sleeper does not run");
  return { child, identity };
}

test("a running process has an identity of boot and start time, and loses it when it ends", async () => {
  const { child, identity } = await sleeper();
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  expect(identity.startTicks).toMatch(new RegExp(`^${boot}-\\d+$`));
  expect(isRunning(identity)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isRunning(identity)).toBe(false);
  expect(identify(identity.pid)).toBeUndefined();
});

test("the same number with another start time is another process", async () => {
  const { identity } = await sleeper();
  const [boot] = identity.startTicks.split(/-(?=\d+$)/);
  expect(isRunning({ ...identity, startTicks: `${boot}-1` })).toBe(false);
  const otherBoot = identity.startTicks.replace(/^[0-9a-f-]{36}/, "00000000-0000-0000-0000-000000000000");
  expect(isRunning({ ...identity, startTicks: otherBoot })).toBe(false);
});

test.each([
  { case: "missing", content: undefined },
  { case: "half written", content: '{"pid":1' },
  { case: "with a pid that is none", content: '{"pid":0,"startTicks":"1"}' },
])("a file that is $case names no process", ({ content }) => {
  const file = join(temporaryDirectory(), "identity.json");
  if (content !== undefined) writeFileSync(file, content);
  expect(readRunning(file)).toBeUndefined();
});

test("killing what a file names ends that process and forgets it", async () => {
  const { child, identity } = await sleeper();
  const file = join(temporaryDirectory(), "identity.json");
  writeIdentity(file, identity);
  expect(readRunning(file)).toEqual(identity);
  const exited = once(child, "exit");
  await killRecorded(file);
  expect(await exited).toEqual([null, "SIGKILL"]);
  expect(existsSync(file)).toBe(false);
});

test("killing what has ended meanwhile is no error", async () => {
  const child = spawn("sleep", ["60"]);
  const exited = once(child, "exit");
  expect(kill(child.pid ?? 0)).toBe(true);
  await exited;
  expect(kill(child.pid ?? 0)).toBe(false);
});

test("a recycled number is forgotten and not killed", async () => {
  const { identity } = await sleeper();
  const file = join(temporaryDirectory(), "identity.json");
  writeIdentity(file, { ...identity, startTicks: "an earlier boot" });
  await killRecorded(file);
  expect(isRunning(identity)).toBe(true);
  expect(existsSync(file)).toBe(false);
});
