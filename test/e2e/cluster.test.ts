/** The embedded cluster by its commands: started, attached to, shown, and kept running. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identify, readRunning } from "../../embedded/cluster/process-identity.ts";
import type { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import type { SupervisorStatus } from "../../embedded/cluster/supervisor.ts";
import { eventually, TestPlatform } from "../support/platform.ts";

const parts = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];

let platform: TestPlatform;
let state: StateDirectory;
beforeAll(async () => {
  platform = new TestPlatform();
  ({ state } = platform);
});
afterAll(() => platform.remove());

const supervisorPid = () => readRunning(state.path("run", "supervisor.json"))?.pid;

async function clusterStatus(): Promise<SupervisorStatus> {
  return JSON.parse((await platform.run("cluster", "status", "--json")).stdout);
}

test("where no cluster was ever started, every command says so", async () => {
  const table = [
    [["status"], 3, "", "No embedded cluster runs on this machine; start one with `npm run up`.\n"],
    [["status", "--json"], 3, "", "No embedded cluster runs on this machine; start one with `npm run up`.\n"],
    [["cluster", "status"], 3, "Embedded cluster: stopped\n", ""],
    [["cluster", "down"], 0, "Embedded cluster: was not running\n", ""],
  ] as const;
  for (const [args, code, stdout, stderr] of table) {
    expect(await platform.run(...args), args.join(" ")).toEqual({ code, stdout, stderr });
  }
  const asked = await platform.run("cluster", "status", "--json");
  expect(JSON.parse(asked.stdout)).toEqual({ phase: "stopped", message: "", processes: [] });
  expect(asked.code).toBe(3);
});

test.each([
  { args: [], want: "Usage: npm run COMMAND -- [FLAGS]" },
  { args: ["upp"], want: "Usage: npm run COMMAND -- [FLAGS]" },
  { args: ["up", "--fast"], want: "Unknown option '--fast'" },
  { args: ["up", "--stack"], want: "Option '--stack <value>' argument missing" },
  { args: ["cluster"], want: "Usage: npm run cluster -- up | down | status | logs | reset" },
  { args: ["cluster", "start"], want: "Usage: npm run cluster -- up | down | status | logs | reset" },
])("wrong usage ends with 2: $args", async ({ args, want }) => {
  const { code, stdout, stderr } = await platform.run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(want);
});

test("two starts at once give one cluster, and a third attaches to it", async () => {
  const both = await Promise.all([1, 2].map(() => platform.must("cluster", "up", "--json")));
  const [first, second] = both.map(({ stdout }) => JSON.parse(stdout) as SupervisorStatus);
  expect(first).toEqual(second);
  expect(first?.phase).toBe("running");
  expect(first?.processes.map(({ name, state, restarts }) => [name, state, restarts])).toEqual(
    parts.map((name) => [name, "ready", 0]),
  );
  const pid = supervisorPid();
  await platform.must("cluster", "up");
  expect(supervisorPid()).toBe(pid);
  expect(await clusterStatus()).toEqual(first);
});

test("status for a reader names every part and the kubeconfig", async () => {
  const { processes } = await clusterStatus();
  const { code, stdout } = await platform.run("cluster", "status");
  expect(code).toBe(0);
  expect(stdout.split("\n")).toEqual([
    "Embedded cluster: running",
    ...processes.map(({ name, pid }) => `  ${name.padEnd(24)} ready       pid ${pid}, restarts 0`),
    `  kubeconfig ${state.kubeconfig}`,
    "",
  ]);
});

test("the platform's status knows an empty cluster", async () => {
  const { code, stdout } = await platform.run("status", "--json");
  expect(code).toBe(0);
  const nothing = { pools: [], queues: [], workloads: [], notebooks: [], endpoints: [] };
  expect(JSON.parse(stdout)).toEqual(nothing);
});

test("logs prints one part's log; an unknown name lists what there is", async () => {
  const { stdout } = await platform.must("cluster", "logs", "kube-apiserver");
  expect(stdout).toBe(readFileSync(state.path("logs", "kube-apiserver.log"), "utf8").slice(0, stdout.length));
  expect(stdout).toContain("Serving securely on 127.0.0.1:");
  const unknown = await platform.run("cluster", "logs", "nginx");
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toMatch(/^No log is called "nginx"\. There are: audit\.log, etcd\.log, /);
});

test("an object to find again after each of the following", async () => {
  await platform.api.create("/api/v1/namespaces", { metadata: { name: "kept" } });
});

/** Each waits until the part before it is back, so that none ends for want of another. */
test.each(parts)(
  "%s comes back by itself when it is killed while idle, and nothing else restarts",
  async (name) => {
    const before = await clusterStatus();
    const pid = before.processes.find((part) => part.name === name)?.pid ?? Number.NaN;
    process.kill(pid, "SIGKILL");
    const after = await eventually(clusterStatus, ({ processes }) =>
      processes.some((part) => part.name === name && part.state === "ready" && part.pid !== pid),
    );
    const rest = (status: SupervisorStatus) => status.processes.filter((part) => part.name !== name);
    expect(rest(after)).toEqual(rest(before));
    expect(after.processes.find((part) => part.name === name)?.restarts).toBe(1);
    await platform.api.get("/api/v1/namespaces/kept");
  },
);

test("all parts come back when all are killed at once", async () => {
  const before = await clusterStatus();
  for (const { pid } of before.processes) process.kill(pid ?? Number.NaN, "SIGKILL");
  const after = await eventually(clusterStatus, ({ processes }) =>
    processes.every(
      ({ state, restarts }, index) =>
        state === "ready" && restarts > (before.processes[index]?.restarts ?? 0),
    ),
  );
  expect(after.phase).toBe("running");
  await platform.api.get("/api/v1/namespaces/kept");
});

test("a supervisor that was killed is replaced, with all it ran, and nothing runs twice", async () => {
  const left = [supervisorPid() ?? 0, ...(await clusterStatus()).processes.map(({ pid }) => pid ?? 0)];
  process.kill(left[0] ?? Number.NaN, "SIGKILL");
  await platform.must("cluster", "up");
  expect(left.filter((pid) => identify(pid))).toEqual([]);
  const { phase, processes } = await clusterStatus();
  expect(phase).toBe("running");
  expect(processes.map(({ name, state, restarts }) => [name, state, restarts])).toEqual(
    parts.map((name) => [name, "ready", 0]),
  );
  await platform.api.get("/api/v1/namespaces/kept");
});
