/** A pod on the host node: its volumes on disk, its containers as processes, its status as a kubelet's. */
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Container, V1Pod, V1PodCondition } from "@kubernetes/client-node";
import { type KubeApi, KubeApiError } from "../cluster/kube-api.ts";
import { ContainerProcess } from "./container-process.ts";
import { podAddress, sharedAddress, withAddress } from "./pod-address.ts";
import { type ApiServerAddress, containerCommand, containerEnvironment } from "./pod-environment.ts";
import { emptyDirectory, PodVolumes } from "./pod-volumes.ts";
import { probeAttempt } from "./probe.ts";
import { findProgram, type HostProgram } from "./programs.ts";
import { type Mount, sandboxCommand } from "./sandbox.ts";

export interface HostNodeContext {
  readonly api: KubeApi;
  readonly programs: readonly HostProgram[];
  readonly apiServer: ApiServerAddress;
  /** Directory under which each pod gets one of its own. */
  readonly podsDirectory: string;
  readonly logsDirectory: string;
}

const volumeRefreshMs = 30_000;
const graceSecondsDefault = 30;
const statusRetry = { firstMs: 250, maxMs: 2_000, triesWhenStopping: 5 };

/** Where the output of a container goes, over all its restarts. */
export function containerLogFile(logsDirectory: string, { metadata }: V1Pod, container: string): string {
  return join(logsDirectory, `${metadata?.namespace}_${metadata?.name}_${container}.log`);
}

export class PodProcess {
  readonly pod: V1Pod;
  /** Where its programs listen. */
  readonly address: string;
  private readonly context: HostNodeContext;
  private readonly directory: string;
  private readonly volumes: PodVolumes;
  private containers: ContainerProcess[] = [];
  private readonly startTime = new Date();
  private refreshTimer: NodeJS.Timeout | undefined;
  private statusUpdate: Promise<void> = Promise.resolve();
  private unreported = false;
  private refusal: string | undefined;
  private ended: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(pod: V1Pod, context: HostNodeContext) {
    const containers = pod.spec?.containers ?? [];
    const programs = containers.map(({ image = "" }) => findProgram(context.programs, image));
    const hasOwnAddress = programs.some((program) => program?.hasOwnAddress);
    this.address = hasOwnAddress ? podAddress(pod.metadata?.uid ?? "") : sharedAddress;
    this.pod = hasOwnAddress ? withAddress(pod, this.address) : pod;
    this.context = context;
    this.directory = join(context.podsDirectory, pod.metadata?.uid ?? "");
    this.volumes = new PodVolumes(context.api, this.pod, join(this.directory, "volumes"));
  }

  /** Starts every container, or marks the pod Failed with the reason why this node cannot run it. */
  async start(): Promise<void> {
    this.refusal = this.obstacle();
    if (this.refusal) return this.reportStatus();
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.containers = (this.pod.spec?.containers ?? []).map((container) => this.containerProcess(container));
    this.refreshTimer = setInterval(() => void this.refreshVolumes(), volumeRefreshMs);
    await Promise.all(this.containers.map((container) => container.start()));
  }

  /** Puts right what others wrote, such as a control plane that had not heard of this node for a while. */
  observe({ status }: V1Pod): void {
    const written = status?.conditions?.find(({ type }) => type === "Ready")?.status;
    if (written !== undefined && written !== (this.isReady ? "True" : "False")) void this.reportStatus();
  }

  /** As for a pod that is deleted: whoever still comes has its `preStop` pause, which counts as grace. */
  end(graceSeconds = this.graceSeconds): Promise<void> {
    this.ended ??= (async () => {
      const pauses = this.pod.spec?.containers.map(
        ({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0,
      );
      const pauseSeconds = Math.min(graceSeconds, Math.max(0, ...(pauses ?? [])));
      if (this.isReady) await sleep(pauseSeconds * 1000);
      await this.stop(graceSeconds - pauseSeconds);
    })();
    return this.ended;
  }

  /** Stops every container within the pod's grace period; safe to call more than once. */
  stop(graceSeconds = this.graceSeconds): Promise<void> {
    this.stopped ??= (async () => {
      clearInterval(this.refreshTimer);
      await Promise.all(this.containers.map((container) => container.stop(graceSeconds)));
      await this.statusUpdate;
      rmSync(this.directory, { recursive: true, force: true });
    })();
    return this.stopped;
  }

  get graceSeconds(): number {
    return this.pod.spec?.terminationGracePeriodSeconds ?? graceSecondsDefault;
  }

  /** What this node does not offer; undefined when it can run the pod. */
  private obstacle(): string | undefined {
    const { spec } = this.pod;
    if (spec?.initContainers?.length) return "the host node runs no init containers";
    for (const container of spec?.containers ?? []) {
      if (!findProgram(this.context.programs, container.image ?? "")) {
        const known = this.context.programs.map(({ repository }) => repository).join(", ");
        return `the host node has no program for the image ${container.image}; it knows ${known}`;
      }
      try {
        const { startupProbe, readinessProbe, livenessProbe } = container;
        for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
          if (probe) probeAttempt(container, probe);
        }
      } catch (error) {
        return (error as Error).message;
      }
    }
    return undefined;
  }

  private containerProcess(container: V1Container): ContainerProcess {
    return new ContainerProcess({
      container,
      restartPolicy: (this.pod.spec?.restartPolicy ?? "Always") as "Always",
      graceSeconds: this.graceSeconds,
      logFile: containerLogFile(this.context.logsDirectory, this.pod, container.name),
      identityFile: join(this.directory, `${container.name}.json`),
      prepare: (signal) => this.prepare(container, signal),
      onChange: () => this.reportStatus(),
    });
  }

  private async prepare(container: V1Container, signal: AbortSignal) {
    const { api, programs, apiServer } = this.context;
    await this.volumes.refresh();
    const program = findProgram(programs, container.image ?? "");
    if (!program) throw new Error(`no program for ${container.image}`);
    const { environment: own } = program;
    const environment = await containerEnvironment(api, this.pod, container, apiServer, own);
    const files = { ...program.files, ...(await program.prepare?.(signal)) };
    signal.throwIfAborted();
    const launch = sandboxCommand({
      rootDirectory: emptyDirectory(join(this.directory, `${container.name}.root`)),
      scriptFile: join(this.directory, `${container.name}.sh`),
      mounts: [...fileMounts(files), ...this.volumeMounts(container)],
      readOnlyRoot: container.securityContext?.readOnlyRootFilesystem ?? false,
      command: containerCommand(container, program.entrypoint, environment),
    });
    return { ...launch, environment };
  }

  private volumeMounts(container: V1Container): Mount[] {
    return (container.volumeMounts ?? []).map((mount) => ({
      source: join(this.volumes.directory(mount.name), mount.subPath ?? ""),
      target: mount.mountPath,
      readOnly: mount.readOnly ?? false,
      isFile: mount.subPath !== undefined,
    }));
  }

  private async refreshVolumes(): Promise<void> {
    // The API server may be restarting; the next round tries again, long before a token expires.
    await this.volumes.refresh().catch(() => undefined);
  }

  /** Queues a status update; each one reads the state when its turn comes, so the last one is current. */
  private reportStatus(): Promise<void> {
    this.unreported = true;
    this.statusUpdate = this.statusUpdate.then(() => this.writeStatus());
    return this.statusUpdate;
  }

  /** Until the API server takes it: nothing else would ever tell that the pod is ready. */
  private async writeStatus(): Promise<void> {
    const { namespace, name, uid } = this.pod.metadata ?? {};
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    for (let tries = 1; this.unreported; tries += 1) {
      this.unreported = false;
      try {
        await this.context.api.mergePatch(path, { metadata: { uid }, status: this.status() });
      } catch (error) {
        if (isFinal(error) || (this.stopped && tries >= statusRetry.triesWhenStopping)) return;
        this.unreported = true;
        await sleep(Math.min(statusRetry.firstMs * 2 ** (tries - 1), statusRetry.maxMs));
      }
    }
  }

  /** Whether it is to get new connections: one that is being ended still answers, and gets none. */
  get isServing(): boolean {
    return this.isReady && this.ended === undefined && this.stopped === undefined;
  }

  private get isReady(): boolean {
    return this.containers.length > 0 && this.containers.every(({ status }) => status.ready);
  }

  private status() {
    if (this.refusal) {
      return {
        phase: "Failed",
        reason: "HostNodeCannotRun",
        message: this.refusal,
        startTime: this.startTime,
      };
    }
    const statuses = this.containers.map(({ status }) => status);
    const ready = this.isReady;
    const phase = podPhase(this.containers);
    const kept = (this.pod.status?.conditions ?? []).filter(({ type }) => !ownConditions.includes(type));
    return {
      phase,
      startTime: this.startTime,
      hostIP: "127.0.0.1",
      containerStatuses: statuses,
      conditions: [
        ...kept,
        condition("Initialized", true),
        condition("ContainersReady", ready),
        condition("Ready", ready),
        condition("PodReadyToStartContainers", true),
      ],
    };
  }
}

/** The pod is gone, or what is said of it can never be taken. */
function isFinal(error: unknown): boolean {
  return error instanceof KubeApiError && [400, 404, 422].includes(error.status);
}

const ownConditions = ["Initialized", "ContainersReady", "Ready", "PodReadyToStartContainers"];

function condition(type: string, status: boolean): V1PodCondition {
  return { type, status: status ? "True" : "False", lastTransitionTime: new Date() };
}

function podPhase(containers: readonly ContainerProcess[]): string {
  const codes = containers.map(({ finalExitCode }) => finalExitCode);
  if (codes.every((code) => code !== undefined))
    return codes.every((code) => code === 0) ? "Succeeded" : "Failed";
  return containers.some(({ status }) => status.state?.running || status.restartCount > 0)
    ? "Running"
    : "Pending";
}

function fileMounts(files: HostProgram["files"]): Mount[] {
  return Object.entries(files).map(([target, source]) => ({
    source,
    target,
    readOnly: true,
    isFile: statSync(source).isFile(),
  }));
}
