/** The one-machine platform as commands see it: its toolchain, its cluster and the Pulumi CLI set up for it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startCluster } from "./cluster/embedded-cluster.ts";
import type { ClusterPrograms } from "./cluster/programs.ts";
import { StateDirectory } from "./cluster/state-directory.ts";
import { pulumiEnvironment } from "./pulumi-environment.ts";
import { ensureStackConfig, prepareStackDirectory } from "./stack-config.ts";
import { createProgress } from "./toolchain/progress.ts";
import { ensureToolchain, type Toolchain } from "./toolchain/toolchain.ts";

export const projectDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const project = "plinth";
const baselinePack = join(projectDirectory, "policies", "packs", "baseline");

export interface PulumiRun {
  readonly command: "up" | "preview" | "destroy";
  readonly stack: string;
  /** Where the engine's own output goes. */
  readonly output: "stdout" | "stderr";
  /** The stack file, when it is not the project's own for that stack. */
  readonly stackFile?: string | undefined;
  /** Further flags for the CLI. */
  readonly flags?: readonly string[];
}

export class Platform {
  readonly state = new StateDirectory();
  private toolchain: Toolchain | undefined;

  async ensureToolchain(): Promise<Toolchain> {
    this.toolchain ??= await ensureToolchain({
      only: ["etcd", "kubernetes", "kwok", "kueue", "pulumi", "pulumi-resource-kubernetes"],
    });
    return this.toolchain;
  }

  async startCluster(): Promise<void> {
    const programs = clusterPrograms(await this.ensureToolchain());
    const progress = createProgress();
    progress.start("Embedded cluster");
    try {
      const outcome = await startCluster(this.state, programs, progress.update);
      progress.done(
        outcome === "started" ? "Embedded cluster: started" : "Embedded cluster: already running",
      );
    } catch (error) {
      progress.stop();
      throw error;
    }
  }

  async environment(): Promise<Record<string, string>> {
    return pulumiEnvironment(this.state, await this.ensureToolchain());
  }

  /** Runs the Pulumi CLI on a stack, making the stack on first use; resolves to the CLI's exit code. */
  async pulumi(run: PulumiRun): Promise<number> {
    const environment = await this.environment();
    const stackFlags = ["--stack", run.stack, ...(process.stdout.isTTY ? [] : ["--non-interactive"])];
    this.releaseStaleLock(run.stack);
    if (!this.hasStack(run.stack)) {
      const directory = prepareStackDirectory(this.state, projectDirectory);
      const init = ["stack", "init", ...stackFlags, "--no-select", "--cwd", directory];
      const code = await this.cli(environment, init, "stderr");
      if (code !== 0) return code;
    }
    const configFile = ensureStackConfig(this.state, run.stack, run.stackFile ?? stackFile(run.stack));
    const perCommand = {
      up: ["--yes", "--suppress-progress", "--suppress-outputs", "--policy-pack", baselinePack],
      preview: ["--suppress-progress", "--policy-pack", baselinePack],
      destroy: ["--yes", "--suppress-progress"],
    };
    const config = ["--config-file", configFile];
    const args = [run.command, ...stackFlags, ...config, ...perCommand[run.command], ...(run.flags ?? [])];
    return this.cli(environment, args, run.output);
  }

  hasStack(stack: string): boolean {
    return readNames(this.state.path("pulumi", "backend", ".pulumi", "stacks", project)).some((file) =>
      [`${stack}.json`, `${stack}.json.gz`].includes(file),
    );
  }

  private async cli(
    environment: Readonly<Record<string, string>>,
    args: readonly string[],
    output: "stdout" | "stderr",
  ): Promise<number> {
    const { binaries } = await this.ensureToolchain();
    const child = spawn(binaries.pulumi, [...args], {
      cwd: projectDirectory,
      env: { ...process.env, ...environment },
      stdio: ["ignore", output === "stdout" ? "inherit" : 2, 2],
    });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on("SIGINT", forward);
    process.on("SIGTERM", forward);
    const [code] = await once(child, "exit");
    process.off("SIGINT", forward);
    process.off("SIGTERM", forward);
    return code ?? 1;
  }

  /** An engine that was killed leaves its lock behind; one whose process is gone from this machine is stale. */
  private releaseStaleLock(stack: string): void {
    const directory = this.state.path(
      "pulumi",
      "backend",
      ".pulumi",
      "locks",
      "organization",
      project,
      stack,
    );
    for (const name of readNames(directory)) {
      const file = join(directory, name);
      const lock = JSON.parse(readFileSync(file, "utf8")) as { pid: number; hostname: string };
      if (lock.hostname === hostname() && !isAlive(lock.pid)) rmSync(file);
    }
  }
}

function clusterPrograms({ binaries, share }: Toolchain): ClusterPrograms {
  return {
    etcd: binaries.etcd,
    kubeApiServer: binaries["kube-apiserver"],
    kubeControllerManager: binaries["kube-controller-manager"],
    kubeScheduler: binaries["kube-scheduler"],
    kwok: binaries.kwok,
    kueue: binaries.kueue,
    kwokStages: share["kwok/stages"],
    kueueChart: share["kueue/chart"],
    kueueCrds: share["kueue/crds"],
  };
}

function stackFile(stack: string): string {
  return join(projectDirectory, "stacks", "config", `Pulumi.${stack}.yaml`);
}

function readNames(directory: string): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return readdirSync(directory);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
