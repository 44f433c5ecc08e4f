/** The spec of a RayCluster (ray.io/v1, KubeRay 1.6): a head without accelerators, and groups of workers. */
import { podTemplate, type TrainingPod } from "./training-pod.ts";

export interface RayWorkers {
  readonly name: string;
  /** Pods to begin with, and all of them where nothing scales. */
  readonly nodes: number;
  readonly maxNodes: number;
  readonly requests: Readonly<Record<string, string>>;
  readonly sharedMemory: string;
}

export interface RayRun {
  readonly rayVersion: string;
  /** What head and workers have in common. */
  readonly pod: Omit<TrainingPod, "container" | "requests" | "sharedMemory" | "topology">;
  readonly head: { readonly requests: Readonly<Record<string, string>>; readonly sharedMemory: string };
  readonly workers: readonly RayWorkers[];
  readonly topology?: TrainingPod["topology"];
  readonly autoscaling?: { readonly idleTimeoutSeconds: number; readonly upscaling: string };
  readonly gcsFaultTolerance?: {
    readonly redisAddress: string;
    readonly passwordSecret?: { readonly name: string; readonly key: string };
    readonly storageNamespace?: string;
  };
}

/** What KubeRay puts beside the head to scale, unless told otherwise. */
export const autoscalerSize = { cpuMillis: 500, memoryMiB: 512 };

/** The spec; as with every queued kind, `suspend` is the queue's to write. */
export function rayClusterSpec(run: RayRun) {
  const scaling = run.autoscaling;
  return {
    rayVersion: run.rayVersion,
    headGroupSpec: {
      // Work belongs on the workers: the head only keeps the cluster together.
      rayStartParams: { "num-cpus": "0", "dashboard-host": "0.0.0.0" },
      template: headTemplate(run),
    },
    workerGroupSpecs: run.workers.map((workers) => ({
      groupName: workers.name,
      replicas: workers.nodes,
      minReplicas: workers.nodes,
      maxReplicas: workers.maxNodes,
      rayStartParams: {},
      template: rayTemplate(run, { ...run.pod, ...workers, container: "ray-worker" }),
    })),
    ...(scaling ? autoscalingFields(scaling) : {}),
    ...(run.gcsFaultTolerance ? { gcsFaultToleranceOptions: faultTolerance(run.gcsFaultTolerance) } : {}),
  };
}

function headTemplate(run: RayRun) {
  const { serviceAccount: _, ...scaledPod } = run.pod;
  // The autoscaler beside the head needs rights of its own, which KubeRay gives where no account is named.
  const pod = run.autoscaling ? scaledPod : run.pod;
  return rayTemplate(run, { ...pod, ...run.head, container: "ray-head" });
}

function rayTemplate(run: RayRun, pod: TrainingPod) {
  return podTemplate({
    ...pod,
    ...(run.topology ? { topology: run.topology } : {}),
    // A mesh's sidecar breaks the connections between head and workers (F94).
    labels: { ...pod.labels, "sidecar.istio.io/inject": "false" },
  });
}

function autoscalingFields({ idleTimeoutSeconds, upscaling }: NonNullable<RayRun["autoscaling"]>) {
  const size = { cpu: `${autoscalerSize.cpuMillis}m`, memory: `${autoscalerSize.memoryMiB}Mi` };
  return {
    enableInTreeAutoscaling: true,
    autoscalerOptions: {
      version: "v2",
      idleTimeoutSeconds,
      upscalingMode: upscaling,
      resources: { requests: size, limits: size },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  };
}

function faultTolerance(given: NonNullable<RayRun["gcsFaultTolerance"]>) {
  const { redisAddress, passwordSecret, storageNamespace } = given;
  return {
    redisAddress,
    ...(storageNamespace ? { externalStorageNamespace: storageNamespace } : {}),
    ...(passwordSecret ? { redisPassword: { valueFrom: { secretKeyRef: passwordSecret } } } : {}),
  };
}
