/** A person's notebook on a team's quota: waits in the queue like a job, and stops when nobody uses it. */
import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { kueueLabels } from "../catalogue/labels.ts";
import type { Cluster } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel, migProfileName } from "../names.ts";
import { coverageProblems } from "../planning/gang.ts";
import { devicePodShare, nodeSize, quantities, sharedMemoryQuantity } from "../planning/node-size.ts";
import {
  notebookBackendProblems,
  notebookPlacementProblems,
  notebookProblems,
  notebookQuotaProblems,
  notebookSize,
} from "../planning/notebook.ts";
import type { Problem } from "../planning/problem.ts";
import { remotePoolProblems } from "../planning/remote-pool.ts";
import { ofProfile } from "../planning/sharing.ts";
import { coveredResources } from "../scheduling/cluster-queue.ts";
import type { PriorityClasses } from "../scheduling/priority-classes.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import {
  commandLine,
  environment,
  imageReference,
  podAnnotations,
  priority,
  sharedPlan,
} from "../training/run.ts";
import type { TrainingPod } from "../training/training-pod.ts";
import type { NotebookCulling } from "./notebook-culling.ts";
import {
  claimManifest,
  diskName,
  networkPolicySpec,
  notebookRights,
  serviceManifest,
  statefulSetManifest,
  tokenData,
  tokenName,
} from "./notebook-objects.ts";

/** Fields of a notebook, also used by the stack file. */
export const notebookFields = {
  /** User of the cluster's login whose notebook it is: may read its token and open it. */
  owner: z
    .string()
    .max(253)
    .regex(/^(?!system:)[^\s]+$/, "a user as the cluster's login names people; not system:*"),
  /** Default: 0, none; it then sees none. */
  accelerators: z.int().min(0).max(16).default(0),
  /** MIG profile of its slice; for partitioned pools, and for these only. */
  profile: migProfileName.optional(),
  /** GPU memory that it needs; required where accelerators are shared by time-slicing. */
  gpuMemoryGiB: z.number().min(0.1).max(1024).optional(),
  /** Whole cores of a notebook without accelerators, which they follow otherwise. Default: 2. */
  cpuCores: z.int().min(1).max(64).optional(),
  /** The same for memory. Default: 8. */
  memoryGiB: z.int().min(1).max(1024).optional(),
  /** Image with a Jupyter server that listens on port 8888 of all addresses. */
  image: imageReference,
  /** Default: the image's own. */
  command: commandLine.optional(),
  environment,
  priority,
  /** Size of its disk. Default: 20. */
  storageGiB: z.int().min(1).max(16_384).default(20),
  /** Whether the disk outlives the notebook; nothing outlives its team. Default: true. */
  keepStorage: z.boolean().default(true),
  /** Where the disk is mounted. Default: the home of Jupyter's own images. */
  homePath: z
    .string()
    .max(256)
    .regex(/^(\/[A-Za-z0-9_.-]+)+$/, "an absolute path")
    .default("/home/jovyan"),
  /** Minutes without activity after which it is stopped. Default: 60. */
  cullAfterIdleMinutes: z.int().min(5).max(10_080).default(60),
};

const notebookConfig = z.strictObject({ name: dnsLabel, ...notebookFields, podAnnotations });

type NotebookConfig = z.output<typeof notebookConfig>;

export interface NotebookArgs extends Omit<z.input<typeof notebookConfig>, "name"> {
  cluster: Cluster;
  /** The queue of a team, which also decides the pool. */
  queue: TeamQueue;
  /** The classes that `priority` names. */
  priorityClasses: PriorityClasses;
  /** What stops it when nobody uses it. */
  culling: NotebookCulling;
}

export class Notebook extends pulumi.ComponentResource {
  readonly accelerators: number;
  readonly owner: string;
  /** Namespace and name of the StatefulSet. */
  readonly notebook: { readonly namespace: string; readonly name: string };
  /** Namespace and name of the Secret with its token. */
  readonly token: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: NotebookArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses, culling, ...input } = args;
    const owner = `Notebook "${name}"`;
    const config = parseConfig(notebookConfig, { name, ...input }, owner);
    const size = podSize(config, queue);
    refuse(owner, fitProblems(config, queue, size.requests));
    super("plinth:interactive:Notebook", name, {}, { ...opts, provider: cluster.provider });

    const server = {
      ...config,
      ...size,
      namespace: queue.namespace,
      labels: queue.labels,
      queue: queue.name,
      serviceAccount: queue.serviceAccount,
      disk: diskName({ name }, queue.pool.name),
    };
    const options = { parent: this, dependsOn: [queue.resource], deleteBeforeReplace: true };
    const metadata = { namespace: queue.namespace, labels: { ...queue.labels } };
    const service = new k8s.core.v1.Service(name, serviceManifest(server), options);
    const secret = new k8s.core.v1.Secret(
      `${name}-token`,
      { metadata: { ...metadata, name: tokenName(name) }, data: pulumi.secret(tokenData(newToken())) },
      // Made once; a person may put another in its place.
      { ...options, ignoreChanges: ["data"] },
    );
    const disk = { name: server.disk, storageGiB: config.storageGiB, storageClass: cluster.diskClass };
    const claim = new k8s.core.v1.PersistentVolumeClaim(server.disk, claimManifest(server, disk), {
      ...options,
      retainOnDelete: config.keepStorage,
    });
    const policy = new k8s.networking.v1.NetworkPolicy(
      name,
      { metadata: { ...metadata, name: `notebook-${name}` }, spec: networkPolicySpec(server) },
      options,
    );
    const bindings = Object.entries(notebookRights(server)).map(([who, { rules, subject }]) =>
      grant(`${name}-${who}`, { ...metadata, name: `notebook-${name}-${who}` }, rules, subject, options),
    );
    new k8s.apps.v1.StatefulSet(name, statefulSetManifest(server), {
      ...options,
      // It goes first on destroy, while its queue and nodes still are there to let it go (F62).
      dependsOn: [
        queue.resource,
        priorityClasses,
        culling,
        ...queue.pool.resources,
        ...[service, secret, claim, policy],
        ...bindings,
      ],
      // What is admitted cannot be changed in place: another spec is another start.
      replaceOnChanges: ["spec", `metadata.labels["${kueueLabels.queueName}"]`],
    });
    this.accelerators = config.accelerators;
    this.owner = config.owner;
    this.notebook = { namespace: queue.namespace, name };
    this.token = { namespace: queue.namespace, name: tokenName(name) };
    this.registerOutputs({
      accelerators: this.accelerators,
      owner: this.owner,
      notebook: this.notebook,
      token: this.token,
    });
  }
}

/** As long as those that Jupyter makes. */
function newToken(): string {
  return randomBytes(24).toString("hex");
}

function grant(
  name: string,
  metadata: { readonly name: string; readonly namespace: string },
  rules: k8s.types.input.rbac.v1.PolicyRule[],
  subject: k8s.types.input.rbac.v1.Subject,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const role = new k8s.rbac.v1.Role(name, { metadata, rules }, options);
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name };
  return new k8s.rbac.v1.RoleBinding(
    name,
    { metadata, roleRef, subjects: [subject] },
    pulumi.mergeOptions(options, { dependsOn: [role] }),
  );
}

/** What the pod requests; nothing where the pool has no such device: it is refused. */
function podSize(
  config: NotebookConfig,
  { pool }: TeamQueue,
): Pick<TrainingPod, "requests" | "sharedMemory" | "runtimeClass"> {
  if (config.accelerators === 0) {
    const { cpuCores, memoryGiB } = notebookSize(config);
    return { requests: { cpu: String(cpuCores), memory: `${memoryGiB}Gi` } };
  }
  const device = ofProfile(pool.devices, config.profile);
  if (!device) return { requests: {} };
  const share = devicePodShare(nodeSize(pool.allocatable, pool.resourceName), device, config.accelerators);
  return {
    requests: quantities(share, device.resourceName),
    sharedMemory: sharedMemoryQuantity(share),
    ...(pool.runtimeClass ? { runtimeClass: pool.runtimeClass } : {}),
  };
}

/** Why the notebook could never run here, if it could not. */
function fitProblems(
  config: NotebookConfig,
  queue: TeamQueue,
  requests: Readonly<Record<string, string>>,
): Problem[] {
  const { pool, clusterQueue } = queue;
  const plan = { ...config, path: [] };
  const node = nodeSize(pool.allocatable, pool.resourceName);
  const quotas = clusterQueue.quotas.map((quota) => ({ ...quota, path: [] }));
  return [
    ...notebookBackendProblems(plan, clusterQueue.backend),
    ...(clusterQueue.isRemote ? remotePoolProblems([], "a notebook", pool.name) : []),
    ...notebookProblems(plan),
    ...notebookPlacementProblems(plan, { ...sharedPlan(queue), node }),
    ...(ofProfile(pool.devices, config.profile) ? notebookQuotaProblems(plan, quotas) : []),
    ...coverageProblems(["requests"], requests, coveredResources(pool)),
  ];
}
