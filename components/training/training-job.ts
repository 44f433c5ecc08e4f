/** A multi-node training run that is admitted whole or not at all. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isolationKinds } from "../catalogue/sharing-modes.ts";
import type { Cluster } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel, migProfileName } from "../names.ts";
import { claimProblems } from "../planning/claim-problems.ts";
import { claimShare, isClaimed, type PodClaim, podClaim } from "../planning/claims.ts";
import { fabricShare, fabricShareProblems } from "../planning/fabric.ts";
import { admissionProblems, coverageProblems, placementProblems } from "../planning/gang.ts";
import {
  devicePodShare,
  nodeSize,
  podQuantities,
  quantities,
  sharedMemoryQuantity,
} from "../planning/node-size.ts";
import { podScheduler } from "../planning/pod-scheduler.ts";
import type { Problem } from "../planning/problem.ts";
import { ofProfile } from "../planning/sharing.ts";
import { requestProblems } from "../planning/sharing-problems.ts";
import { levelProblems } from "../planning/topology.ts";
import { coveredResources } from "../scheduling/cluster-queue.ts";
import { placementLevels } from "../scheduling/pool-topology.ts";
import { priorityNames } from "../scheduling/priorities.ts";
import type { PriorityClasses } from "../scheduling/priority-classes.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { checkpointPlace, checkpointProblems, checkpoints, podCheckpoints } from "./checkpoints.ts";
import { claimTemplateManifest } from "./claim-template.ts";
import { elasticFields, elasticSizeProblems } from "./elastic-gang.ts";
import { createGang } from "./gang-objects.ts";
import { type GangWish, gangProblems, podsAtMost } from "./gang-rules.ts";
import { remoteGangProblems } from "./remote-rules.ts";
import { networkEnvironment } from "./run.ts";
import { gangTopology, sliceJobProblems } from "./slice-rules.ts";

/** Fields of a job, also used by the stack file. */
export const trainingJobFields = {
  /** Pods of the gang, each on a node of its own if it takes all accelerators of one. */
  nodes: z.int().min(1).max(1000),
  /** Accelerators of each pod; CPU and memory follow in proportion to the node. */
  acceleratorsPerNode: z.int().min(1).max(16),
  /** MIG profile of the slice that each pod has; for pools with sharing mode mig, and for these only. */
  profile: migProfileName.optional(),
  /** What the job must not share with others on its accelerators. Default: it may share everything. */
  isolation: z.array(z.enum(isolationKinds)).max(isolationKinds.length).default([]),
  /** GPU memory that a pod needs on each device; a job that shares by time-slicing or DRA must say it. */
  gpuMemoryGiB: z.number().min(0.1).max(1024).optional(),
  /** Container image, pinned by digest. */
  image: z
    .string()
    .max(512)
    .regex(
      /^[^\s@]+@sha256:[0-9a-f]{64}$/,
      "an image reference with a digest: name:tag@sha256:<64 hex digits>",
    ),
  /** Command of the container. Default: the image's own. */
  command: z.array(z.string()).min(1).max(100).optional(),
  /** Priority in the queue. Default: normal. */
  priority: z.enum(priorityNames).default("normal"),
  /** How often a failed pod is replaced before the job fails. Default: 3. */
  retries: z.int().min(0).max(100).default(3),
  /** The longest run in seconds, waiting not counted. Default: 604800, a week. */
  timeoutSeconds: z.int().min(60).max(7_776_000).default(604_800),
  ...elasticFields,
  /** Lets it save to the team's object store before it must go. Default: none. */
  checkpoints,
};

const trainingJobConfig = z.strictObject({
  name: dnsLabel,
  ...trainingJobFields,
  /** Network domain that the whole gang must (required) or should (preferred) share. Default: any nodes. */
  topology: z
    .strictObject({
      mode: z.enum(["required", "preferred"]),
      /** A node label of the cluster's topology. */
      level: z.string().min(1).max(316),
    })
    .optional(),
  /** Further annotations of the pods. Default: none. */
  podAnnotations: z.record(z.string(), z.string()).default({}),
});

type TrainingJobConfig = z.output<typeof trainingJobConfig>;

export interface TrainingJobArgs extends Omit<z.input<typeof trainingJobConfig>, "name"> {
  cluster: Cluster;
  /** The queue of a team, which also decides the pool. */
  queue: TeamQueue;
  /** The classes that `priority` names. */
  priorityClasses: PriorityClasses;
}

export class TrainingJob extends pulumi.ComponentResource {
  /** All accelerators that the job holds while it runs. */
  readonly accelerators: number;
  /** Namespace and name of the Job. */
  readonly job: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses, ...input } = args;
    const owner = `TrainingJob "${name}"`;
    const config = parseConfig(trainingJobConfig, { name, ...input }, owner);
    const requests = podRequests(config, queue);
    refuse(owner, [
      ...elasticSizeProblems([], config),
      ...checkpointProblems([], config.checkpoints, checkpointPlace(queue)),
      ...jobProblems(config, queue, cluster.topologyLevels, requests.quantities),
    ]);
    super("plinth:training:TrainingJob", name, {}, { ...opts, provider: cluster.provider });

    const schedulerName = podScheduler(queue.pool.sharing, cluster.abilities.schedulers);
    const claims = createClaims(name, requests.claim, queue, this);
    const gang = {
      ...config,
      ...(claims.length > 0 ? { claimTemplate: name } : {}),
      namespace: queue.namespace,
      labels: queue.labels,
      queue: queue.name,
      serviceAccount: queue.serviceAccount,
      ...(schedulerName === undefined ? {} : { schedulerName }),
      ...(queue.pool.runtimeClass ? { runtimeClass: queue.pool.runtimeClass } : {}),
      checkpoints: podCheckpoints(config.checkpoints, queue, name),
      networkEnvironment: networkEnvironment(queue, podsAtMost(config)),
      slices: queue.pool.slices,
      topology: gangTopology(queue.pool, config.topology),
      requests: requests.quantities,
      sharedMemory: sharedMemoryQuantity(requests),
    };
    createGang({
      name,
      gang,
      queue,
      topologyLevels: cluster.topologyLevels,
      parent: this,
      // The job goes first on destroy, while its queue and nodes still are there to let it go (F62).
      dependsOn: [
        queue.resource,
        priorityClasses,
        ...claims,
        ...(queue.store?.resources ?? []),
        ...queue.pool.resources,
      ],
    });
    this.accelerators = config.nodes * config.acceleratorsPerNode;
    this.job = { namespace: queue.namespace, name };
    this.registerOutputs({ accelerators: this.accelerators, job: this.job });
  }
}

interface PodRequests {
  readonly memoryMiB: number;
  readonly quantities: Record<string, string>;
  readonly claim?: PodClaim;
}

/** What one pod requests, and so is limited to; nothing where the pool has no such device: it is refused. */
function podRequests(config: TrainingJobConfig, { pool }: TeamQueue): PodRequests {
  const node = nodeSize(pool.allocatable, pool.resourceName);
  if (isClaimed(pool)) {
    const claim = podClaim(pool, config);
    if (!claim) return { memoryMiB: 0, quantities: {} };
    const share = claimShare(node, claim);
    return { memoryMiB: share.memoryMiB, quantities: podQuantities(share), claim };
  }
  const device = ofProfile(pool.devices, config.profile);
  if (!device) return { memoryMiB: 0, quantities: {} };
  const share = devicePodShare(node, device, config.acceleratorsPerNode);
  const network = podsAtMost(config) > 1 ? fabricShare(pool, config.acceleratorsPerNode) : {};
  const own = { ...quantities(share, device.resourceName), ...network };
  return { memoryMiB: share.memoryMiB, quantities: own };
}

/** The template of the pods' claims, where the pool wants claims. */
function createClaims(
  name: string,
  claim: PodClaim | undefined,
  { namespace, labels, pool, resource }: TeamQueue,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  if (!claim || !isClaimed(pool)) return [];
  return [
    new k8s.apiextensions.CustomResource(
      `${name}-claims`,
      claimTemplateManifest({ name, namespace, labels, pool, claim }),
      // Its spec never changes in place.
      { parent, deleteBeforeReplace: true, dependsOn: [resource], replaceOnChanges: ["spec"] },
    ),
  ];
}

/** Why the job could never run, if it could not. */
function jobProblems(
  config: TrainingJobConfig,
  { pool, clusterQueue }: TeamQueue,
  levels: readonly string[],
  requests: Readonly<Record<string, string>>,
): Problem[] {
  const gang = { ...config, path: [] };
  if (isClaimed(pool)) {
    const [own] = clusterQueue.quotas;
    return [
      ...claimProblems(gang, pool, own ? { ...own, path: [] } : undefined),
      ...gangProblems([], gangWish(config), clusterQueue),
    ];
  }
  const quota = ofProfile(clusterQueue.quotas, config.profile);
  const own = placementLevels(pool, clusterQueue.backend, levels);
  return [
    ...fabricShareProblems([gang], podsAtMost(config), pool),
    ...requestProblems(gang, { ...pool, mode: pool.sharing.mode }),
    ...placementProblems(gang, { ...pool, path: [] }),
    ...(quota ? admissionProblems(gang, { ...quota, path: [] }) : []),
    ...(quota || !ofProfile(pool.devices, config.profile) ? [] : [missingQuota(config, clusterQueue)]),
    ...coverageProblems(["requests"], requests, coveredResources(pool)),
    ...sliceJobProblems(config, [], pool),
    ...(config.topology ? levelProblems(["topology", "level"], config.topology.level, own) : []),
    ...gangProblems([], gangWish(config), clusterQueue),
    ...(clusterQueue.isRemote ? remoteGangProblems([], config, pool.name) : []),
  ];
}

function gangWish({ topology, elastic }: TrainingJobConfig): GangWish {
  return { domain: topology?.level, elasticBy: elastic ? "elastic" : undefined };
}

/** Slices of a profile of which the team has none. */
function missingQuota({ profile }: TrainingJobConfig, { name, quotas }: TeamQueue["clusterQueue"]): Problem {
  const known = quotas.map((quota) => quota.profile);
  return {
    path: ["profile"],
    given: JSON.stringify(profile),
    allowed: `a profile of which queue ${name} has a quota: ${known.join(", ")}`,
    remedy: `choose one of these, or give the team a quota of ${profile}`,
  };
}
