/** The one-machine platform as commands see it: toolchain, cluster and the Pulumi CLI set up for both. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OptionalController, optionalControllers } from "../components/catalogue/controllers.ts";
import { installedControllers } from "./cluster/controllers.ts";
import { startCluster } from "./cluster/embedded-cluster.ts";
import type { ClusterPrograms } from "./cluster/programs.ts";
import { StateDirectory } from "./cluster/state-directory.ts";
import { pulumiEnvironment } from "./pulumi-environment.ts";
import { ensureStackConfig, namedControllers, prepareStackDirectory } from "./stack-config.ts";
import { hasPendingOperations, releaseStaleLocks } from "./stack-recovery.ts";
import { hasStackState, readStackState } from "./stack-state.ts";
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
  private controllers: readonly OptionalController[] = [];

  async ensureToolchain(): Promise<Toolchain> {
    this.toolchain ??= await ensureToolchain({
      only: [
        "etcd",
        "kubernetes",
        "kwok",
        "kueue",
        ...this.controllers,
        "pulumi",
        "pulumi-resource-kubernetes",
      ],
    });
    return this.toolchain;
  }

  /** Starts the cluster or attaches to it; it then has the controllers that the stack names. */
  async startCluster(run?: Pick<PulumiRun, "stack" | "stackFile">): Promise<void> {
    const asked = run ? namedControllers(run.stackFile ?? stackFile(run.stack)) : [];
    const installed = installedControllers(this.state);
    this.controllers = optionalControllers.filter((name) => asked.includes(name) || installed.includes(name));
    const programs = clusterPrograms(await this.ensureToolchain(), this.controllers);
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
    const locks = this.state.path(
      "pulumi",
      "backend",
      ".pulumi",
      "locks",
      "organization",
      project,
      run.stack,
    );
    releaseStaleLocks(locks);
    if (run.command !== "preview" && hasPendingOperations(readStackState(this.stacks, run.stack))) {
      await this.forgetPendingOperations(environment, stackFlags);
    }
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

  /**
   * Every operation can be repeated: objects have fixed names and creating one applies it. The engine would
   * warn of what was cut off in each later run; importing its own export makes it forget.
   */
  private async forgetPendingOperations(
    environment: Readonly<Record<string, string>>,
    stackFlags: readonly string[],
  ): Promise<void> {
    const file = this.state.path("pulumi", "interrupted.json");
    for (const verb of ["export", "import"]) {
      await this.cli(environment, ["stack", verb, "--file", file, ...stackFlags], "stderr");
    }
    rmSync(file, { force: true });
  }

  hasStack(stack: string): boolean {
    return hasStackState(this.stacks, stack);
  }

  /** The folder of the checkpoints. */
  private get stacks(): string {
    return this.state.path("pulumi", "backend", ".pulumi", "stacks", project);
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
}

function clusterPrograms(
  { binaries, share }: Toolchain,
  controllers: readonly OptionalController[],
): ClusterPrograms {
  const files = (name: OptionalController) => ({
    program: binaries[name],
    chart: share[`${name}/chart`],
    crds: share[`${name}/crds`],
  });
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
    controllers: Object.fromEntries(controllers.map((name) => [name, files(name)])),
  };
}

function stackFile(stack: string): string {
  return join(projectDirectory, "stacks", "config", `Pulumi.${stack}.yaml`);
}
