/** A container's life by its restart policy, with real processes and no API server. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readRunning } from "../../../embedded/cluster/process-identity.ts";
import { type ContainerLaunch, ContainerProcess } from "../../../embedded/host-node/container-process.ts";
import { eventually } from "../../support/platform.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

type Policy = "Always" | "OnFailure" | "Never";

function containerOf(
  script: string,
  restartPolicy: Policy = "Always",
  prepare?: (signal: AbortSignal) => Promise<ContainerLaunch>,
) {
  const directory = temporaryDirectory();
  const files = { logFile: join(directory, "log"), identityFile: join(directory, "identity.json") };
  const states: string[] = [];
  const process = new ContainerProcess({
    container: { name: "main", image: "test/shell:1" },
    restartPolicy,
    graceSeconds: 1,
    ...files,
    prepare: prepare ?? (async () => ({ command: "sh", args: ["-c", script], environment: { WHO: "me" } })),
    onChange: () => states.push(Object.entries(process.status.state ?? {})[0]?.[0] ?? ""),
  });
  onTestFinished(() => process.stop(0));
  return { process, states, ...files };
}

test("starts as waiting, and runs with its own environment and identity", async () => {
  const { process, logFile, identityFile } = containerOf("echo $WHO $HOME; exec sleep 60");
  expect(process.status).toEqual({
    name: "main",
    image: "test/shell:1",
    imageID: "",
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: "ContainerCreating" } },
    lastState: {},
  });
  await process.start();
  expect(process.status).toMatchObject({ ready: true, started: true, restartCount: 0 });
  expect(readRunning(identityFile)?.pid).toBeGreaterThan(1);
  await eventually(
    async () => readFileSync(logFile, "utf8"),
    (log) => log === "me\n",
  );
});

test.each<{ policy: Policy; code: number; ends: boolean }>([
  { policy: "Never", code: 0, ends: true },
  { policy: "Never", code: 5, ends: true },
  { policy: "OnFailure", code: 0, ends: true },
  { policy: "OnFailure", code: 5, ends: false },
  { policy: "Always", code: 0, ends: false },
  { policy: "Always", code: 5, ends: false },
])(
  "with the policy $policy an exit code of $code ends it for good: $ends",
  async ({ policy, code, ends }) => {
    const { process } = containerOf(`exit ${code}`, policy);
    await process.start();
    if (ends) {
      await eventually(
        async () => process.finalExitCode,
        (exitCode) => exitCode === code,
      );
      expect(process.status.restartCount).toBe(0);
      return;
    }
    const { lastState } = await eventually(
      async () => process.status,
      ({ restartCount }) => restartCount === 1,
    );
    expect(lastState?.terminated).toMatchObject({
      exitCode: code,
      reason: code === 0 ? "Completed" : "Error",
    });
    expect(process.finalExitCode).toBeUndefined();
  },
);

test("a process that is killed has the exit code of its signal", async () => {
  const { process } = containerOf("kill -KILL $$", "Never");
  await process.start();
  await eventually(
    async () => process.finalExitCode,
    (code) => code !== undefined,
  );
  expect(process.finalExitCode).toBe(137);
});

test("goes from running over its end and a back-off to running again", async () => {
  const marker = join(temporaryDirectory(), "again");
  const { process, states } = containerOf(`test -e ${marker} || { touch ${marker}; exit 1; }; exec sleep 60`);
  await process.start();
  await eventually(
    async () => states.length,
    (count) => count >= 5,
  );
  expect(states.slice(0, 5)).toEqual(["running", "running", "terminated", "waiting", "running"]);
});

test("a sandbox that cannot be made is told and tried again", async () => {
  const attempts = ["no room for the sandbox", "no room for the sandbox"];
  const { process } = containerOf("", "Always", async () => {
    const failure = attempts.shift();
    if (failure) throw new Error(failure);
    return { command: "sleep", args: ["60"], environment: {} };
  });
  const starting = process.start();
  await eventually(
    async () => process.status.state?.waiting,
    (waiting) => waiting?.reason === "CreateContainerError",
  );
  expect(process.status.state?.waiting?.message).toBe("Error: no room for the sandbox");
  await starting;
  expect(process.status).toMatchObject({ ready: true, restartCount: 0 });
});

test("a program that fails its liveness probe and does not listen is killed, and started again", async () => {
  const { process, logFile } = containerOf('trap "" TERM; echo up; while :; do sleep 0.05; done');
  const livenessProbe = {
    tcpSocket: { port: 1 },
    initialDelaySeconds: 1,
    periodSeconds: 1,
    failureThreshold: 1,
  };
  Object.assign(process.options.container, { livenessProbe });
  await process.start();
  const { lastState } = await eventually(
    async () => process.status,
    ({ restartCount }) => restartCount === 1,
  );
  expect(lastState?.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
  await eventually(
    async () => readFileSync(logFile, "utf8"),
    (log) => log === "up\nup\n",
  );
});

test("nothing starts once it was stopped", async () => {
  const { process, logFile } = containerOf("echo up; exec sleep 60");
  await process.stop(0);
  await process.start();
  expect(existsSync(logFile)).toBe(false);
});

test("one that is stopped while it is prepared has given that up once it has stopped", async () => {
  const told: string[] = [];
  const prepare = async (signal: AbortSignal): Promise<ContainerLaunch> => {
    if (!signal.aborted) await once(signal, "abort");
    told.push("given up");
    throw signal.reason;
  };
  const { process, identityFile } = containerOf("", "Always", prepare);
  const started = process.start();
  // It is asked once what ran before is known to be gone.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await process.stop(3600);
  expect(told).toEqual(["given up"]);
  await started;
  expect(existsSync(identityFile)).toBe(false);
});
