/** A child process that is started, probed, restarted with back-off when it dies, and stopped in time. */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { closeSync, copyFileSync, openSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, killRecorded, writeIdentity } from "./process-identity.ts";
import type { StateDirectory } from "./state-directory.ts";

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Done before every start, also after a crash. */
  readonly beforeStart?: () => Promise<void>;
  /** Whether the process answers; asked until it does, then it counts as ready. */
  readonly probe: () => Promise<boolean>;
}

export interface ProcessStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly state: "starting" | "ready" | "restarting" | "stopped";
  readonly restarts: number;
}

const probeIntervalMs = 100;
const startTimeoutMs = 120_000;
/** A program that ends this often before it ever answered will not answer. */
const startAttempts = 5;
const backOffMs = { first: 200, max: 10_000, resetAfter: 60_000 };
/** A log is moved to `.1` once it is larger than this, so each program keeps at most twice as much. */
export const logBytesMax = 32 * 1024 * 1024;

export class ManagedProcess extends EventEmitter {
  readonly spec: ProcessSpec;
  readonly logFile: string;
  private readonly identityFile: string;
  private child: ChildProcess | undefined;
  private state: ProcessStatus["state"] = "stopped";
  private restarts = 0;
  private delayMs = backOffMs.first;
  private hasAnswered = false;

  constructor(spec: ProcessSpec, state: StateDirectory) {
    super();
    this.spec = spec;
    state.directory("logs");
    state.directory("run");
    this.logFile = state.path("logs", `${spec.name}.log`);
    this.identityFile = state.path("run", `${spec.name}.json`);
  }

  get status(): ProcessStatus {
    const { name } = this.spec;
    return { name, pid: this.child?.pid ?? null, state: this.state, restarts: this.restarts };
  }

  /** Starts the process and resolves once it answers its probe; fails with the end of its log otherwise. */
  async start(): Promise<void> {
    this.state = "starting";
    await killRecorded(this.identityFile);
    await this.spec.beforeStart?.();
    if (this.hasStopped()) return;
    this.launch();
    const deadline = Date.now() + startTimeoutMs;
    while (!this.hasStopped()) {
      if (this.child && (await this.spec.probe().catch(() => false))) {
        if (!this.child) continue;
        this.state = "ready";
        this.hasAnswered = true;
        return;
      }
      const isHopeless = !this.hasAnswered && this.restarts >= startAttempts;
      if (isHopeless || Date.now() > deadline) break;
      await sleep(probeIntervalMs);
    }
    if (this.hasStopped()) return;
    throw new Error(`${this.spec.name} does not become ready: ${lastLine(this.logFile)} (${this.logFile})`);
  }

  /** Asks the process to stop, and kills it when it has not after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.state = "stopped";
    if (this.child) await endProcess(this.child, graceMs);
    rmSync(this.identityFile, { force: true });
  }

  /** A call, because others change the state between two looks at it. */
  private hasStopped(): boolean {
    return this.state === "stopped";
  }

  private launch(): void {
    rotateLog(this.logFile);
    const log = openSync(this.logFile, "a", 0o600);
    const startedAt = Date.now();
    const child = spawn(this.spec.command, [...this.spec.args], {
      stdio: ["ignore", log, log],
      env: { PATH: process.env.PATH ?? "", ...this.spec.environment },
    });
    closeSync(log);
    this.child = child;
    child.once("error", (error) => this.emit("failure", error));
    child.once("exit", () => this.onExit(child, startedAt));
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity) writeIdentity(this.identityFile, identity);
  }

  private async onExit(child: ChildProcess, startedAt: number): Promise<void> {
    if (this.child === child) this.child = undefined;
    if (this.state === "stopped") return;
    const { exitCode: code, signalCode: signal } = child;
    this.emit("died", { name: this.spec.name, code, signal });
    this.state = "restarting";
    this.restarts += 1;
    if (Date.now() - startedAt > backOffMs.resetAfter) this.delayMs = backOffMs.first;
    await sleep(this.delayMs);
    this.delayMs = Math.min(this.delayMs * 2, backOffMs.max);
    if (this.hasStopped()) return;
    if (!this.hasAnswered) return this.launch();
    await this.start().catch((error) => this.onFailedRestart(error));
  }

  /** What once worked is tried for ever: the part that it needs may be the next to come back. */
  private async onFailedRestart(error: Error): Promise<void> {
    this.emit("failure", error);
    // A program that runs but does not answer is killed, and comes back as one that died.
    if (this.child) return void this.child.kill("SIGKILL");
    await sleep(this.delayMs);
    this.delayMs = Math.min(this.delayMs * 2, backOffMs.max);
    if (this.hasStopped()) return;
    await this.start().catch((next) => this.onFailedRestart(next));
  }
}

/** Asks a process to end, and kills it after its grace period; one that has ended is left alone. */
export async function endProcess(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(timer);
}

function lastLine(file: string): string {
  return readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "it wrote nothing";
}

/** Keeps a log within its bound. The writer appends, so it goes on at the start of the emptied file. */
export function rotateLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < logBytesMax) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
}
