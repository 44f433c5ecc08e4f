/** Real child processes: started, restarted, given up and stopped. */
import { type EventEmitter, once } from "node:events";
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  logBytesMax,
  ManagedProcess,
  type ProcessSpec,
  rotateLog,
} from "../../../embedded/cluster/managed-process.ts";
import { identify, readRunning, writeIdentity } from "../../../embedded/cluster/process-identity.ts";
import { StateDirectory } from "../../../embedded/cluster/state-directory.ts";
import { eventually } from "../../support/platform.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function shell(script: string, spec: Partial<ProcessSpec> = {}) {
  const state = new StateDirectory(temporaryDirectory());
  const process = new ManagedProcess(
    { name: "part", command: "sh", args: ["-c", script], probe: async () => true, ...spec },
    state,
  );
  onTestFinished(() => process.stop(0));
  return { process, state };
}

const logged = (process: ManagedProcess, want: string) =>
  eventually(
    async () => readFileSync(process.logFile, "utf8"),
    (text) => text === want,
  );
const kill = (pid: number | null) => process.kill(pid ?? Number.NaN, "SIGKILL");

test("is ready once its probe says so, and not before", async () => {
  const answers = [false, false, true];
  const { process, state } = shell("exec sleep 60", { probe: async () => answers.shift() ?? true });
  expect(process.status).toEqual({ name: "part", pid: null, state: "stopped", restarts: 0 });
  const starting = process.start();
  await eventually(
    async () => process.status.state,
    (now) => now === "starting",
  );
  await starting;
  expect(answers).toEqual([]);
  const { pid } = process.status;
  expect(process.status).toEqual({ name: "part", pid, state: "ready", restarts: 0 });
  expect(readRunning(state.path("run", "part.json"))).toEqual(identify(pid ?? 0));
});

test("gets the environment that is stated and PATH, nothing else", async () => {
  const { process } = shell('"$NODE" -p "Object.keys(process.env).sort().join()"; exec sleep 60', {
    environment: { NODE: globalThis.process.execPath, GOGC: "50" },
  });
  await process.start();
  const log = await eventually(
    async () => readFileSync(process.logFile, "utf8"),
    (text) => text.endsWith("\n"),
  );
  expect(log.trim().split(",")).toEqual(["GOGC", "NODE", "PATH", "PWD"]);
});

test("comes back after a kill with another pid, one restart and its preparation done again", async () => {
  const preparations: number[] = [];
  const { process } = shell("exec sleep 60", {
    beforeStart: async () => void preparations.push(process.status.restarts),
  });
  const deaths: unknown[] = [];
  process.on("died", (death) => deaths.push(death));
  await process.start();
  const first = process.status.pid;
  kill(first);
  await eventually(
    async () => process.status,
    ({ state, restarts }) => state === "ready" && restarts === 1,
  );
  expect(process.status.pid).not.toBe(first);
  expect(preparations).toEqual([0, 1]);
  expect(deaths).toEqual([{ name: "part", code: null, signal: "SIGKILL" }]);
});

test("waits twice as long before each further restart", async () => {
  const { process } = shell("exec sleep 60");
  await process.start();
  const delays: number[] = [];
  for (const restarts of [1, 2, 3]) {
    const killed = Date.now();
    kill(process.status.pid);
    await eventually(
      async () => process.status,
      (now) => now.state === "ready" && now.restarts === restarts,
    );
    delays.push(Date.now() - killed);
  }
  for (const [index, floorMs] of [200, 400, 800].entries()) {
    expect(delays[index]).toBeGreaterThanOrEqual(floorMs);
    expect(delays[index]).toBeLessThan(floorMs + 600);
  }
});

test("a restart whose preparation fails is tried until it works", async () => {
  const refusals = ["", "refused", "refused"];
  const { process } = shell("exec sleep 60", {
    beforeStart: async () => {
      const refusal = refusals.shift();
      if (refusal) throw new Error(refusal);
    },
  });
  const failures: string[] = [];
  process.on("failure", ({ message }: Error) => failures.push(message));
  await process.start();
  kill(process.status.pid);
  await eventually(
    async () => process.status,
    ({ state, pid }) => state === "ready" && pid !== null && refusals.length === 0,
  );
  expect(failures).toEqual(["refused", "refused"]);
  expect(process.status.restarts).toBe(1);
});

test("is given up when it ends five times before it answered, with the last line of its log", async () => {
  const { process } = shell("echo first; echo 'the disk is full'; exit 3", { probe: async () => false });
  await expect(process.start()).rejects.toThrow(
    `part does not become ready: the disk is full (${process.logFile})`,
  );
  expect(process.status.restarts).toBe(5);
  expect(readFileSync(process.logFile, "utf8").split("the disk is full")).toHaveLength(6);
});

test("a program that does not exist is a failure that says so", async () => {
  const { process } = shell("", { command: "/nowhere/etcd", probe: async () => false });
  const failed = once(process as EventEmitter, "failure");
  void process.start().catch(() => undefined);
  expect((await failed)[0]).toMatchObject({ code: "ENOENT", path: "/nowhere/etcd" });
});

test("stops when it is asked to", async () => {
  const { process } = shell('trap "echo bye; exit 0" TERM; echo hello; while :; do sleep 0.05; done');
  await process.start();
  await logged(process, "hello\n");
  await process.stop(5_000);
  expect(readFileSync(process.logFile, "utf8")).toBe("hello\nbye\n");
  expect(process.status.state).toBe("stopped");
});

test("is killed when it does not listen, after its time", async () => {
  const { process, state } = shell('trap "" TERM; echo hello; while :; do sleep 0.05; done');
  await process.start();
  await logged(process, "hello\n");
  const { pid } = process.status;
  const started = Date.now();
  await process.stop(300);
  expect(Date.now() - started).toBeGreaterThanOrEqual(299);
  expect(identify(pid ?? 0)).toBeUndefined();
  expect(existsSync(state.path("run", "part.json"))).toBe(false);
});

test("nothing is launched when it is stopped while it prepares", async () => {
  const { process } = shell("echo up", { beforeStart: () => process.stop(0) });
  await process.start();
  expect(process.status).toEqual({ name: "part", pid: null, state: "stopped", restarts: 0 });
  expect(existsSync(process.logFile)).toBe(false);
});

test("what a former supervisor left running is killed before the start", async () => {
  const { process: former } = shell("exec sleep 60");
  await former.start();
  const left = former.status.pid ?? 0;
  const { process, state } = shell("exec sleep 60");
  const identity = identify(left);
  if (identity) writeIdentity(state.path("run", "part.json"), identity);
  await process.start();
  expect(identify(left)).toBeUndefined();
});

test("a log is moved aside once it is over its bound, and its writer goes on in the emptied file", () => {
  const log = join(temporaryDirectory(), "part.log");
  rotateLog(log);
  expect(existsSync(log)).toBe(false);
  writeFileSync(log, "x");
  rotateLog(log);
  expect(existsSync(`${log}.1`)).toBe(false);
  truncateSync(log, logBytesMax);
  rotateLog(log);
  expect([statSync(log).size, statSync(`${log}.1`).size]).toEqual([0, logBytesMax]);
});
