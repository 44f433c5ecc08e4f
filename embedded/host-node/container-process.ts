/** One container of a pod as a host process: started, probed, restarted by its policy, stopped in time. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Container, V1ContainerState, V1ContainerStatus, V1Probe } from "@kubernetes/client-node";
import { endProcess, rotateLog } from "../cluster/managed-process.ts";
import { identify, killRecorded, writeIdentity } from "../cluster/process-identity.ts";
import { runProbe } from "./probe.ts";

export interface ContainerLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ContainerProcessOptions {
  readonly container: V1Container;
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  /** Seconds between asking a program that fails its liveness or startup probe to end, and killing it. */
  readonly graceSeconds: number;
  readonly logFile: string;
  readonly identityFile: string;
  /** Prepares a fresh sandbox and says how to enter it; called before every start, given up when it stops. */
  readonly prepare: (signal: AbortSignal) => Promise<ContainerLaunch>;
  readonly onChange: () => void;
}

/** A kubelet waits from 10 s to 5 min; here a restart costs a fraction of a second, so it comes sooner. */
const backOffMs = { first: 250, max: 60_000, resetAfter: 600_000 };

export class ContainerProcess {
  readonly options: ContainerProcessOptions;
  private child: ChildProcess | undefined;
  private state: V1ContainerState = { waiting: { reason: "ContainerCreating" } };
  private lastState: V1ContainerState = {};
  private restartCount = 0;
  private started = false;
  private ready = false;
  private readonly preparing = new AbortController();
  private launching: Promise<void> | undefined;
  private delayMs = backOffMs.first;
  private probes = new AbortController();

  constructor(options: ContainerProcessOptions) {
    this.options = options;
  }

  private get stopping(): boolean {
    return this.preparing.signal.aborted;
  }

  get status(): V1ContainerStatus {
    const { container } = this.options;
    return {
      name: container.name,
      image: container.image ?? "",
      imageID: "",
      ready: this.ready,
      started: this.started,
      restartCount: this.restartCount,
      state: this.state,
      lastState: this.lastState,
    };
  }

  /** The exit code once the container has ended for good, undefined as long as it may run again. */
  get finalExitCode(): number | undefined {
    const exitCode = this.state.terminated?.exitCode;
    return exitCode === undefined || this.restarts(exitCode) ? undefined : exitCode;
  }

  async start(): Promise<void> {
    try {
      this.launching = this.launch();
      await this.launching;
    } catch (error) {
      this.state = { waiting: { reason: "CreateContainerError", message: String(error) } };
      this.options.onChange();
      if (!this.stopping) await this.retry();
    }
  }

  async stop(graceSeconds: number): Promise<void> {
    this.preparing.abort();
    this.probes.abort();
    // What is still being prepared must write nothing after this.
    await this.launching?.catch(() => undefined);
    if (this.child) await endProcess(this.child, graceSeconds * 1000);
  }

  private async launch(): Promise<void> {
    const { logFile, identityFile, prepare } = this.options;
    await killRecorded(identityFile);
    const { command, args, environment } = await prepare(this.preparing.signal);
    if (this.stopping) return;
    rotateLog(logFile);
    const log = openSync(logFile, "a", 0o600);
    const child = spawn(command, [...args], { stdio: ["ignore", log, log], env: { ...environment } });
    closeSync(log);
    await once(child, "spawn");
    this.child = child;
    const startedAt = new Date();
    child.once("exit", (code, signal) => this.onExit(startedAt, code, signal));
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity) writeIdentity(identityFile, identity);
    // Whoever stopped it meanwhile waits for the process to end.
    if (this.stopping) return;
    this.state = { running: { startedAt } };
    this.probe();
    this.options.onChange();
  }

  /** Startup gates the others; without a readiness probe a started container is ready. */
  private probe(): void {
    this.probes = new AbortController();
    const { signal } = this.probes;
    const { container } = this.options;
    const run = (probe: V1Probe, onVerdict: (passing: boolean) => void) =>
      void runProbe(container, probe, onVerdict, signal);
    const onStarted = () => {
      this.started = true;
      this.ready = container.readinessProbe === undefined;
      this.options.onChange();
      if (container.readinessProbe) {
        run(container.readinessProbe, (passing) => {
          this.ready = passing;
          this.options.onChange();
        });
      }
      if (container.livenessProbe) run(container.livenessProbe, (passing) => !passing && this.kill());
    };
    if (container.startupProbe) {
      run(container.startupProbe, (passing) => {
        if (!passing) this.kill();
        else if (!this.started) onStarted();
      });
    } else {
      onStarted();
    }
  }

  private kill(): void {
    if (this.child) void endProcess(this.child, this.options.graceSeconds * 1000);
  }

  private async onExit(startedAt: Date, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.probes.abort();
    this.child = undefined;
    this.ready = false;
    this.started = false;
    const exitCode = code ?? (signal === "SIGKILL" ? 137 : 143);
    const finishedAt = new Date();
    const reason = exitCode === 0 ? "Completed" : "Error";
    this.state = { terminated: { exitCode, reason, startedAt, finishedAt } };
    this.options.onChange();
    if (this.stopping || !this.restarts(exitCode)) return;
    if (finishedAt.getTime() - startedAt.getTime() > backOffMs.resetAfter) this.delayMs = backOffMs.first;
    this.lastState = this.state;
    await this.retry();
  }

  private async retry(): Promise<void> {
    if (this.state.terminated) this.state = { waiting: { reason: "CrashLoopBackOff" } };
    this.options.onChange();
    await sleep(this.delayMs);
    this.delayMs = Math.min(this.delayMs * 2, backOffMs.max);
    if (this.stopping) return;
    if (this.lastState.terminated) this.restartCount += 1;
    await this.start();
  }

  private restarts(exitCode: number): boolean {
    const { restartPolicy } = this.options;
    return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
  }
}
