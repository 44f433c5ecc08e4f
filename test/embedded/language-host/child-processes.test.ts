/** Processes end when they are told to, and their output is read to the end. */
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import {
  type ChildOptions,
  ChildProcesses,
  exitOf,
} from "../../../embedded/language-host/child-processes.ts";

const options: ChildOptions = { cwd: ".", env: process.env, cancelled: new AbortController().signal };
const ready = 'console.log("ready");';
const forever = "setInterval(() => {}, 1000);";

test.each([
  { case: "a code", script: "process.exit(4)", want: { code: 4 } },
  {
    case: "a signal",
    script: 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)',
    want: { signal: "SIGTERM" },
  },
])("a process ends with $case", async ({ script, want }) => {
  expect(await exitOf(new ChildProcesses().start(["-e", script], options))).toEqual(want);
});

test("output is complete when the process has ended", async () => {
  const child = new ChildProcesses().start(["-e", 'process.stdout.write("x".repeat(1_000_000))'], options);
  const [output] = await Promise.all([text(child.stdout), exitOf(child)]);
  expect(output.length).toBe(1_000_000);
});

test("a process that holds the output open does not hold up the end", async () => {
  const script =
    'require("child_process").spawn("sleep", ["5"], { stdio: "inherit", detached: true }).unref()';
  const start = Date.now();
  expect(await exitOf(new ChildProcesses().start(["-e", script], options))).toEqual({ code: 0 });
  expect(Date.now() - start).toBeLessThan(10_000);
});

test("a command that does not exist rejects", async () => {
  const child = new ChildProcesses().start([], { ...options, command: "no-such-command" });
  await expect(exitOf(child)).rejects.toThrow("spawn no-such-command ENOENT");
});

test.each([
  { case: "obeys", script: ready + forever, want: { signal: "SIGINT" } },
  {
    case: "ignores SIGINT",
    script: `process.on("SIGINT", () => {});${ready}${forever}`,
    want: { signal: "SIGKILL" },
  },
])("cancellation ends a process that $case", async ({ script, want }) => {
  const cancellation = new AbortController();
  const child = new ChildProcesses().start(["-e", script], { ...options, cancelled: cancellation.signal });
  child.stdout.once("data", () => cancellation.abort());
  expect(await exitOf(child)).toEqual(want);
});

test("what was cancelled before it started ends too", async () => {
  const cancelled = AbortSignal.abort();
  expect(await exitOf(new ChildProcesses().start(["-e", forever], { ...options, cancelled }))).toEqual({
    signal: "SIGINT",
  });
});

test("stopAll waits for every process", async () => {
  const children = new ChildProcesses();
  const exits = [1, 2].map(() => exitOf(children.start(["-e", forever], options)));
  await children.stopAll();
  expect(await Promise.all(exits)).toEqual([{ signal: "SIGINT" }, { signal: "SIGINT" }]);
});
