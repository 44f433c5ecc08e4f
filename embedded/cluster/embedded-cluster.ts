/** Starts, stops, inspects and resets the embedded cluster of a state directory; what commands call. */
import { spawn } from "node:child_process";
import { existsSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { lock } from "proper-lockfile";
import { sandboxObstacle } from "../host-node/sandbox.ts";
import { missingControllers, withControllerPorts } from "./controllers.ts";
import { chooseFreePorts, requireFreePorts } from "./ports.ts";
import { isRunning, killRecorded, readRunning } from "./process-identity.ts";
import { type ClusterPrograms, clusterPrograms } from "./programs.ts";
import { type StateDirectory, StateDirectoryError, writeFileAtomically } from "./state-directory.ts";
import type { SupervisorStatus } from "./supervisor.ts";

const startTimeoutMs = 180_000;
const stopTimeoutMs = 90_000;
const supervisorMain = fileURLToPath(new URL("./supervisor-main.ts", import.meta.url));

/** Attaches to the running cluster or starts it; resolves once every part of the control plane is ready. */
export async function startCluster(
  state: StateDirectory,
  programs: ClusterPrograms,
  progress?: (message: string) => void,
): Promise<"attached" | "started"> {
  state.directory();
  const release = await lock(state.root, { lockfilePath: state.path("start.lock"), retries: lockRetries });
  try {
    const running = await clusterStatus(state);
    if (running?.phase === "running" || running?.phase === "starting") {
      await untilRunning(state, progress);
      await addControllers(state, programs, progress);
      return "attached";
    }
    await launchSupervisor(state, programs);
    await untilRunning(state, progress);
    return "started";
  } finally {
    await release();
  }
}

/** Gives the running cluster the controllers that it lacks. */
async function addControllers(
  state: StateDirectory,
  programs: ClusterPrograms,
  progress?: (message: string) => void,
): Promise<void> {
  const running = clusterPrograms.parse(JSON.parse(readFileSync(state.path("programs.json"), "utf8")));
  const missing = missingControllers(running.controllers, programs.controllers);
  const record = state.readRecord();
  if (Object.keys(missing).length === 0 || !record) return;
  progress?.(`definitions of ${Object.keys(missing).join(", ")}`);
  state.writeRecord(await withControllerPorts(state.root, record, missing));
  const answer = (await ask(state, "POST", "/controllers", missing)) as { error?: string };
  if (answer.error) throw new StateDirectoryError(`The controllers could not be added: ${answer.error}`);
}

/** The running supervisor's own words, or undefined when none runs. */
export async function clusterStatus(state: StateDirectory): Promise<SupervisorStatus | undefined> {
  if (!readRunning(state.path("run", "supervisor.json"))) return undefined;
  return (await ask(state, "GET", "/status").catch(() => undefined)) as SupervisorStatus | undefined;
}

/** Stops every process; the state stays for the next start. Whether something ran. */
export async function stopCluster(state: StateDirectory): Promise<boolean> {
  const identityFile = state.path("run", "supervisor.json");
  const supervisor = readRunning(identityFile);
  if (supervisor) {
    const asked = ask(state, "POST", "/stop").catch(() => undefined);
    const deadline = Date.now() + stopTimeoutMs;
    while (isRunning(supervisor) && Date.now() < deadline) await sleep(50);
    await asked;
  }
  await killRecorded(identityFile);
  await killLeftovers(state);
  return supervisor !== undefined;
}

/** Stops the cluster and deletes its state for good: every object in it, its keys and its logs. */
export async function resetCluster(state: StateDirectory): Promise<void> {
  await stopCluster(state);
  rmSync(state.root, { recursive: true, force: true });
}

/** The last lines of one program's log; `name` is a control plane process or part of a pod's name. */
export function logFile(state: StateDirectory, name: string, files: readonly string[]): string {
  const found = files.find((file) => file === `${name}.log`) ?? files.find((file) => file.includes(name));
  if (found) return state.path("logs", found);
  throw new StateDirectoryError(`No log is called "${name}". There are: ${files.join(", ") || "none"}.`);
}

const lockRetries = { retries: 60, minTimeout: 250, maxTimeout: 1000 };

async function launchSupervisor(state: StateDirectory, programs: ClusterPrograms): Promise<void> {
  const obstacle = sandboxObstacle();
  if (obstacle) throw new StateDirectoryError(obstacle);
  const known = state.readRecord();
  requireWholeState(state);
  await killRecorded(state.path("run", "supervisor.json"));
  await killLeftovers(state);
  const base = known ?? {
    layout: 1 as const,
    createdAt: new Date().toISOString(),
    ports: await chooseFreePorts(state.root),
    controllers: {},
  };
  if (known) await requireFreePorts(known);
  state.writeRecord(await withControllerPorts(state.root, base, programs.controllers));
  writeFileAtomically(state.path("programs.json"), JSON.stringify(programs, null, 2));
  state.directory("logs");
  const log = openSync(state.path("logs", "supervisor.log"), "a", 0o600);
  const supervisor = spawn(
    process.execPath,
    [
      "--max-semi-space-size=1",
      "--disable-warning=ExperimentalWarning",
      supervisorMain,
      state.root,
      JSON.stringify(programs),
    ],
    { detached: true, stdio: ["ignore", log, log] },
  );
  supervisor.unref();
  const deadline = Date.now() + startTimeoutMs;
  while (!readRunning(state.path("run", "supervisor.json"))) {
    if (supervisor.exitCode !== null || Date.now() > deadline) throw supervisorFailure(state);
    await sleep(50);
  }
}

/** Objects without the keys that signed their tokens, or keys without objects, are not a cluster of ours. */
function requireWholeState(state: StateDirectory): void {
  const has = (file: string) => existsSync(state.path(file));
  const missing = neededWithData.filter((file) => !has(file));
  if (has("etcd/member") && missing.length > 0) {
    throw new StateDirectoryError(
      `${state.root} holds cluster data but lacks ${missing.join(", ")}. Nothing was changed. ` +
        "Restore what is missing, or give the cluster up with `npm run cluster -- reset`.",
    );
  }
  if (has("etcd") && !has("etcd/member/snap/db")) {
    throw new StateDirectoryError(
      `${state.path("etcd")} is damaged: member/snap/db is missing. Nothing was changed. ` +
        "Restore the directory, or give the cluster up with `npm run cluster -- reset`.",
    );
  }
}

/** Other keys and certificates are signed anew when they are missing. */
const neededWithData = [
  "installation.json",
  "pki/ca.crt",
  "pki/ca.key",
  "pki/service-account.key",
  "pki/service-account.pub",
];

/** What a supervisor that was killed left running would hold the ports and the data. */
async function killLeftovers(state: StateDirectory): Promise<void> {
  for (const name of controlPlaneNames) await killRecorded(state.path("run", `${name}.json`));
  for (const file of podIdentityFiles(state)) await killRecorded(file);
}

const controlPlaneNames = ["kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"];

function podIdentityFiles(state: StateDirectory): string[] {
  const pods = state.path("pods");
  if (!existsSync(pods)) return [];
  return readdirSync(pods, { recursive: true, encoding: "utf8" })
    .filter((path) => /^[^/]+\/[^/]+\.json$/.test(path))
    .map((path) => join(pods, path));
}

async function untilRunning(state: StateDirectory, progress?: (message: string) => void): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    const status = await clusterStatus(state);
    // A part that has just died is being restarted: who attaches waits for it.
    if (status?.phase === "running" && status.processes.every(({ state }) => state === "ready")) return;
    if (status?.phase === "failed") {
      await stopCluster(state);
      throw new StateDirectoryError(`The embedded cluster did not start: ${status.message}`);
    }
    if (status) progress?.(status.message || "restarting a part");
    else if (!readRunning(state.path("run", "supervisor.json"))) throw supervisorFailure(state);
    await sleep(50);
  }
  throw new StateDirectoryError(`The embedded cluster did not start within ${startTimeoutMs / 1000} s.`);
}

function supervisorFailure(state: StateDirectory): StateDirectoryError {
  const file = state.path("logs", "supervisor.log");
  const tail = readFileSync(file, "utf8").trim().split("\n").slice(-5).join("\n");
  return new StateDirectoryError(`The supervisor of the embedded cluster ended. End of ${file}:\n${tail}`);
}

function ask(state: StateDirectory, method: string, path: string, body?: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: state.controlSocket, method, path }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    outgoing.on("error", reject);
    outgoing.end(body && JSON.stringify(body));
  });
}
