/** A platform of a test's or a bench's own: its state directory, the real commands, its API server. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import type { z } from "zod";
import { stopCluster } from "../../embedded/cluster/embedded-cluster.ts";
import { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { projectDirectory } from "../../embedded/platform.ts";
import type { stackConfig } from "../../stacks/config.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
}

/** No command of a test may hang longer than this. */
const commandTimeoutMs = 600_000;

export class TestPlatform {
  readonly state: StateDirectory;
  private readonly directory = mkdtempSync(join(tmpdir(), "plinth-test-"));

  private readonly environment: NodeJS.ProcessEnv;

  /** `environment` overrides variables of the commands. */
  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.environment = environment;
    this.state = new StateDirectory(join(this.directory, "state"));
  }

  /** A client with the administrator's rights. */
  get api(): KubeApi {
    return KubeApi.fromKubeconfig(this.state.kubeconfig);
  }

  /** Writes a stack file and returns its path, for `--stack-file`. */
  stackFile(platform: z.input<typeof stackConfig> | object): string {
    const file = join(this.directory, "Pulumi.local.yaml");
    writeFileSync(file, stringify({ config: { "plinth:platform": platform } }));
    return file;
  }

  /** Starts a command as `npm run` would; the caller may interrupt it. */
  start(...args: readonly string[]): RunningCommand {
    const main = join(projectDirectory, "embedded", "main.ts");
    const child = spawn(process.execPath, [main, ...args], {
      cwd: projectDirectory,
      env: { ...process.env, ...this.environment, PLINTH_STATE_DIR: this.state.root, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { child, result: collect(child) };
  }

  run(...args: readonly string[]): Promise<CommandResult> {
    return this.start(...args).result;
  }

  /** Like `run`, but fails with the command's output if it does not succeed. */
  async must(...args: readonly string[]): Promise<CommandResult> {
    const result = await this.run(...args);
    if (result.code === 0) return result;
    throw new Error(`${args.join(" ")} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
  }

  /** Stops the cluster and deletes everything. */
  async remove(): Promise<void> {
    await stopCluster(this.state);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Patience is written for a machine of one's own; a busy one may take so many times as long. */
const slowest = 3;

/** The answer once it is as wanted, else the last one: the test compares, and so shows what differs. */
export async function lastAnswer<T>(
  ask: () => Promise<T>,
  want: unknown,
  timeoutMs?: number,
): Promise<T | undefined> {
  let last: T | undefined;
  const isWanted = (answer: T) => {
    last = answer;
    return isDeepStrictEqual(answer, want);
  };
  await eventually(ask, isWanted, timeoutMs).catch(() => undefined);
  return last;
}

/** Asks until the answer satisfies, and returns it; fails with the last answer after the time. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  timeoutMs = 30_000,
): Promise<T> {
  const limitMs = timeoutMs * slowest;
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms; last: ${JSON.stringify(answer)}`);
    await sleep(100);
  }
}

function collect(child: ChildProcess): Promise<CommandResult> {
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.on("data", (chunk) => {
      output[stream] += chunk;
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), commandTimeoutMs);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal ? 128 : 1), ...output });
    });
  });
}
