/** A Ray cluster that scales: its pods as KubeRay makes them, and a stand-in for its autoscaler. */
import type { V1EnvVar, V1Pod } from "@kubernetes/client-node";
import { acceleratorsPerNode } from "./gangs.ts";
import { makeJob } from "./job-kinds.ts";
import { eventually, type TestPlatform } from "./platform.ts";
import { TeamClient } from "./team-client.ts";

const patienceMs = 120_000;

/** Of one worker, which may become two; its head outlives itself in a Redis. */
export const elasticCluster = makeJob("raycluster", {
  name: "elastic",
  pool: "elastic",
  priority: "low",
  workers: [{ name: "gpu", nodes: 1, maxNodes: 2, acceleratorsPerNode }],
  autoscaling: {},
  gcsFaultTolerance: {
    redisAddress: "redis.research:6379",
    passwordSecret: { name: "redis", key: "password" },
    storageNamespace: "elastic",
  },
});

/** What its head is told of that, in KubeRay's words. */
export const headVariables = {
  RAY_enable_autoscaler_v2: "true",
  RAY_REDIS_ADDRESS: "redis.research:6379",
  RAY_external_storage_namespace: "elastic",
  REDIS_PASSWORD: { secretKeyRef: { name: "redis", key: "password" } },
};

export class ElasticRayCluster {
  private readonly platform: TestPlatform;
  private readonly team: string;
  private readonly name: string;

  constructor(platform: TestPlatform, team: string, name: string) {
    this.platform = platform;
    this.team = team;
    this.name = name;
  }

  private get path(): string {
    return `/apis/ray.io/v1/namespaces/${this.team}/rayclusters/${this.name}`;
  }

  /** Its pods of a type, those that are being deleted left out. */
  async pods(type: "head" | "worker"): Promise<V1Pod[]> {
    const selector = encodeURIComponent(`ray.io/cluster=${this.name},ray.io/node-type=${type}`);
    const path = `/api/v1/namespaces/${this.team}/pods?labelSelector=${selector}`;
    const found = await this.platform.api.list<V1Pod>(path);
    return found.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  /** Waits until so many workers exist and so many of them run, and gives those that run. */
  async workers(made: number, running: number): Promise<V1Pod[]> {
    const isRunning = ({ status }: V1Pod) => status?.phase === "Running";
    const all = await eventually(
      () => this.pods("worker"),
      (pods) => pods.length === made && pods.filter(isRunning).length === running,
      patienceMs,
    );
    return all.filter(isRunning);
  }

  /** Deletes it and waits until it is gone, with what KubeRay does before. */
  async remove(): Promise<void> {
    await this.platform.api.remove(this.path);
    const gone = async () =>
      this.platform.api.get(this.path).then(
        () => false,
        () => true,
      );
    await eventually(gone, Boolean, patienceMs);
  }

  /**
   * Changes a group as Ray's autoscaler does, with the rights that KubeRay gave to the head's account: how
   * many workers there should be, and which are too many.
   */
  async scale(replicas: number, workersToDelete: readonly string[] = []): Promise<void> {
    const [head] = await this.pods("head");
    const scaler = await TeamClient.of(this.platform, this.team, head?.spec?.serviceAccountName ?? "");
    const group = "/spec/workerGroupSpecs/0";
    const patch = [
      { op: "replace", path: `${group}/replicas`, value: replicas },
      { op: "add", path: `${group}/scaleStrategy`, value: { workersToDelete } },
    ];
    const { status, body } = await scaler.send("PATCH", this.path, patch, {
      "content-type": "application/json-patch+json",
    });
    scaler.close();
    if (status !== 200) throw new Error(`${scaler.user} may not scale: ${status} ${body.message}`);
  }
}

/** Variables of a pod's container by name, as they are written. */
export function variablesOf(pod: V1Pod | undefined, container: string): Record<string, unknown> {
  const found = pod?.spec?.containers.find(({ name }) => name === container);
  const written = ({ name, value, valueFrom }: V1EnvVar) => [name, value ?? valueFrom];
  return Object.fromEntries((found?.env ?? []).map(written));
}
