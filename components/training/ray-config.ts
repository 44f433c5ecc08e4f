/** What a RayCluster and a RayJob both take, and what of it could never run. */
import { z } from "zod";
import { kueueLabels } from "../catalogue/labels.ts";
import { dnsLabel, labelValue } from "../names.ts";
import type { Path, Problem } from "../planning/problem.ts";
import { repeatedName } from "../planning/reference.ts";
import { podsOf, type RolePlan } from "../planning/roles.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { gangProblems } from "./gang-rules.ts";
import { autoscalerSize, type RayRun, rayClusterSpec } from "./ray-cluster-spec.ts";
import {
  containerEnvironment,
  environment,
  imageReference,
  podAnnotations,
  podSize,
  priority,
  queuedMetadata,
  sizeFields,
  topology,
} from "./run.ts";
import { podFitProblems, roleFitProblems } from "./run-fit.ts";
import type { PodCheckpoints } from "./training-pod.ts";

/** Fields of both, also used by the stack file. */
export const rayFields = {
  /** Image of head and workers; it holds Ray. */
  image: imageReference,
  /** Version of Ray in the image. */
  rayVersion: z.string().regex(/^2\.\d+\.\d+$/, "a release of Ray 2: 2.<minor>.<patch>"),
  /** Size of the head, which runs beside a worker; workers leave it so much of their node. */
  head: z
    .strictObject({
      /** Whole cores. Default: 2. */
      cpuCores: z.int().min(1).max(64).default(2),
      /** Default: 8. */
      memoryGiB: z.int().min(1).max(1024).default(8),
    })
    .prefault({}),
  /** Groups of equal workers; at least one. */
  workers: z
    .array(z.strictObject({ name: dnsLabel, ...sizeFields, maxNodes: z.int().min(1).max(1000).optional() }))
    .min(1)
    .max(7),
  environment,
  priority,
  /** Adds and removes workers up to `maxNodes` of their group. Default: none, `nodes` run throughout. */
  autoscaling: z
    .strictObject({
      /** Seconds without work after which a worker goes. Default: 60. */
      idleTimeoutSeconds: z.int().min(1).max(86_400).default(60),
      /** How fast workers are added. Default: Default. */
      upscaling: z.enum(["Default", "Aggressive", "Conservative"]).default("Default"),
    })
    .optional(),
  /** Keeps the cluster's own state in a Redis, so that a new head goes on where the old one was. */
  gcsFaultTolerance: z
    .strictObject({
      /** Host and port. */
      redisAddress: z.string().regex(/^[^\s:/]+:\d{1,5}$/, "host:port"),
      /** Secret of the team's namespace, and the key in it. Default: no password. */
      passwordSecret: z.strictObject({ name: dnsLabel, key: labelValue }).optional(),
      /** Prefix of its keys in a Redis that several clusters share. Default: KubeRay's own. */
      storageNamespace: dnsLabel.optional(),
    })
    .optional(),
};

/** What the components take beside the fields of the stack file. */
export const rayPodFields = { topology: topology.optional(), podAnnotations };

const rayConfig = z.strictObject({ ...rayFields, ...rayPodFields });
type RayConfig = z.output<typeof rayConfig>;

/** Groups, and whether they change; a RayJob's never do. */
interface Scaled {
  readonly workers: RayConfig["workers"];
  readonly autoscaling?: RayConfig["autoscaling"];
}

/**
 * Seconds that KubeRay (1.6.2) tries to empty the Redis of a cluster that goes; its own are 300. Kueue
 * (0.19.2) ends the cluster's Workload at once, and suspends the Job that would empty it: waiting is in vain,
 * and a preempted RayJob keeps its accelerators so long.
 */
const cleanupSeconds = 20;

/** Metadata of a queued object of Ray; KubeRay gives that of a RayJob to its clusters. */
export function rayMetadata(
  name: string,
  queue: TeamQueue,
  config: RayConfig,
  /** For a RayCluster, which knows no longest run itself. */
  maxExecutionTimeSeconds?: number,
) {
  const metadata = queuedMetadata(name, queue, config.priority, maxExecutionTimeSeconds);
  const annotations = {
    ...metadata.annotations,
    ...(config.autoscaling ? { [kueueLabels.elasticJob]: "true" } : {}),
    ...(config.gcsFaultTolerance ? { "ray.io/gcs-ft-deletion-timeout": String(cleanupSeconds) } : {}),
  };
  return { ...metadata, annotations };
}

/** CPU and memory that the head takes of its node, with what stands beside it. */
function headSize({ head, autoscaling }: RayConfig) {
  const beside = autoscaling ? autoscalerSize : { cpuMillis: 0, memoryMiB: 0 };
  return {
    own: { cpu: String(head.cpuCores), memory: `${head.memoryGiB}Gi` },
    cpuMillis: head.cpuCores * 1000 + beside.cpuMillis,
    memoryMiB: head.memoryGiB * 1024 + beside.memoryMiB,
  };
}

/** The spec of the cluster in this queue. */
export function raySpec(config: RayConfig, queue: TeamQueue, checkpoints?: PodCheckpoints) {
  const head = headSize(config);
  const pods = podsOf(rayRoles(config, []));
  const run: RayRun = {
    rayVersion: config.rayVersion,
    pod: {
      checkpoints,
      labels: queue.labels,
      annotations: config.podAnnotations,
      serviceAccount: queue.serviceAccount,
      priority: config.priority,
      image: config.image,
      environment: containerEnvironment(queue, config.environment, pods),
    },
    head: { requests: head.own, sharedMemory: `${Math.max(1, Math.floor(config.head.memoryGiB / 4))}Gi` },
    workers: config.workers.map((workers) => ({
      ...workers,
      maxNodes: config.autoscaling ? (workers.maxNodes ?? workers.nodes) : workers.nodes,
      ...podSize(queue, workers.acceleratorsPerNode, pods, head),
    })),
    ...(config.topology ? { topology: config.topology } : {}),
    ...(config.autoscaling ? { autoscaling: config.autoscaling } : {}),
    ...(config.gcsFaultTolerance ? { gcsFaultTolerance: config.gcsFaultTolerance } : {}),
  };
  return rayClusterSpec(run);
}

/** Groups at their largest: what autoscaling may reach must fit as well. */
export function rayRoles(config: Scaled, path: Path): RolePlan[] {
  return config.workers.map((workers, index) => ({
    ...workers,
    nodes: config.autoscaling ? Math.max(workers.nodes, workers.maxNodes ?? 0) : workers.nodes,
    path: [...path, "workers", index],
  }));
}

/** Groups that do not go together, whatever the pool and the queue are. */
export function rayProblems(config: Scaled, path: Path): Problem[] {
  const names = config.workers.map(({ name }) => name);
  return config.workers.flatMap((workers, index) => {
    const at = [...path, "workers", index];
    return [
      ...repeatedName([...at, "name"], index, names),
      ...(workers.name === "head" ? [reservedName([...at, "name"])] : []),
      ...scaleProblems([...at, "maxNodes"], workers, config.autoscaling !== undefined),
    ];
  });
}

function reservedName(path: Path): Problem {
  return { path, given: '"head"', allowed: "any other name", remedy: "rename it: head is the head's own" };
}

function scaleProblems(path: Path, workers: RayConfig["workers"][number], scales: boolean): Problem[] {
  const { nodes, maxNodes } = workers;
  if (maxNodes === undefined) return [];
  if (!scales) {
    const remedy = "leave it out, or add autoscaling";
    return [{ path, given: String(maxNodes), allowed: "nothing without autoscaling", remedy }];
  }
  if (maxNodes >= nodes) return [];
  const allowed = `at least ${nodes}, the nodes that the group begins with`;
  return [{ path, given: String(maxNodes), allowed, remedy: "raise maxNodes, or lower nodes" }];
}

/** Why the cluster could never run here, if it could not. */
export function rayFitProblems(config: RayConfig, queue: TeamQueue, levels: readonly string[]): Problem[] {
  return [
    ...roleFitProblems("Ray cluster", rayRoles(config, []), queue, { list: "workers" }),
    ...config.workers.flatMap((workers, index) => squeezed(["workers", index], workers, config, queue)),
    ...podFitProblems({ acceleratorsPerNode: 1, topology: config.topology }, queue, levels),
    ...gangProblems(
      [],
      { domain: config.topology?.level, elasticBy: config.autoscaling ? "autoscaling" : undefined },
      queue.clusterQueue,
    ),
  ];
}

/** Least of a node that is left to a worker beside the head. */
const leastWorker = { cpuMillis: 1000, memoryMiB: 1024 };

function squeezed(
  path: Path,
  workers: RayConfig["workers"][number],
  config: RayConfig,
  queue: TeamQueue,
): Problem[] {
  const head = headSize(config);
  const size = `${head.cpuMillis / 1000} cores and ${head.memoryMiB} MiB`;
  const { share } = podSize(queue, workers.acceleratorsPerNode, 1, head);
  if (share.cpuMillis >= leastWorker.cpuMillis && share.memoryMiB >= leastWorker.memoryMiB) return [];
  const whole = podSize(queue, workers.acceleratorsPerNode, 1).requests;
  return [
    {
      path: ["head"],
      given: `${size} beside a worker of group ${workers.name}`,
      allowed: `less than its ${whole.cpu} cores and ${whole.memory}, with a core and 1Gi left to it`,
      remedy: `make the head smaller, or give ${path.join(".")} more accelerators per node`,
    },
  ];
}
