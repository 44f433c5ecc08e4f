/** A training run that MPI starts: a launcher among equal nodes, admitted with its workers as one gang. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import type { Path, Problem } from "../planning/problem.ts";
import { accelerators, type RolePlan } from "../planning/roles.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { checkpointPlace, checkpointProblems, checkpoints, podCheckpoints } from "./checkpoints.ts";
import { mpiJobSpec } from "./mpi-job-spec.ts";
import {
  commandLine,
  containerEnvironment,
  environment,
  imageReference,
  podAnnotations,
  podSize,
  priority,
  queuedMetadata,
  queuedOptions,
  type RunArgs,
  sizeFields,
  timeoutSeconds,
  topology,
} from "./run.ts";
import { podFitProblems, roleFitProblems } from "./run-fit.ts";

/** Fields of an MPIJob, also used by the stack file. */
export const mpiJobFields = {
  /** Equal pods, at least two; the first of them is the launcher. */
  nodes: sizeFields.nodes,
  /** Accelerators, and ranks, of each pod. */
  acceleratorsPerNode: sizeFields.acceleratorsPerNode,
  image: imageReference,
  /** Command of the launcher, such as mpirun. Default: the image's own. */
  command: commandLine.optional(),
  environment,
  priority,
  /** How often a failed launcher is replaced before the job fails. Default: 3. */
  retries: z.int().min(0).max(100).default(3),
  timeoutSeconds,
  /** Lets it save to the team's object store before it must go. Default: none. */
  checkpoints,
};

const mpiJobConfig = z.strictObject({
  name: dnsLabel,
  ...mpiJobFields,
  /** For launcher and workers together. Default: any nodes. */
  topology: topology.optional(),
  podAnnotations,
});

export interface MpiJobArgs extends Omit<z.input<typeof mpiJobConfig>, "name">, RunArgs {}

export class MpiJob extends pulumi.ComponentResource {
  /** All accelerators that the job holds while it runs. */
  readonly accelerators: number;
  /** Namespace and name of the MPIJob. */
  readonly job: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: MpiJobArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses: _, controllers: __, ...input } = args;
    const owner = `MpiJob "${name}"`;
    const config = parseConfig(mpiJobConfig, { name, ...input }, owner);
    refuse(owner, [...mpiJobProblems(config, []), ...fitProblems(config, queue, cluster.topologyLevels)]);
    super("plinth:training:MpiJob", name, {}, { ...opts, provider: cluster.provider });

    const pod = {
      ...podSize(queue, config.acceleratorsPerNode, config.nodes),
      checkpoints: podCheckpoints(config.checkpoints, queue, name),
      labels: queue.labels,
      annotations: config.podAnnotations,
      serviceAccount: queue.serviceAccount,
      priority: config.priority,
      image: config.image,
      ...(config.command ? { command: config.command } : {}),
      environment: containerEnvironment(queue, config.environment, config.nodes),
      ...(config.topology ? { topology: config.topology } : {}),
    };
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "kubeflow.org/v2beta1",
        kind: "MPIJob",
        metadata: queuedMetadata(name, queue, config.priority),
        spec: mpiJobSpec({ ...config, pod }),
      },
      queuedOptions(this, args, "mpi"),
    );
    this.accelerators = accelerators(mpiJobRoles(config, []));
    this.job = { namespace: queue.namespace, name };
    this.registerOutputs({ accelerators: this.accelerators, job: this.job });
  }
}

/** The pods of a job: its launcher is one of its nodes. */
export function mpiJobRoles(
  job: { readonly name: string; readonly nodes: number; readonly acceleratorsPerNode: number },
  path: Path,
): RolePlan[] {
  return [{ ...job, path }];
}

/** A launcher with nothing to launch. */
export function mpiJobProblems({ nodes }: { readonly nodes: number }, path: Path): Problem[] {
  if (nodes > 1) return [];
  return [
    {
      path: [...path, "nodes"],
      given: String(nodes),
      allowed: "at least 2 with MPI, whose launcher is the first of them",
      remedy: "ask for 2 nodes, or make it a plain gang",
    },
  ];
}

/** Why the job could never run here, if it could not. */
function fitProblems(
  config: z.output<typeof mpiJobConfig>,
  queue: TeamQueue,
  levels: readonly string[],
): Problem[] {
  return [
    ...checkpointProblems([], config.checkpoints, checkpointPlace(queue)),
    ...roleFitProblems("mpijob", mpiJobRoles(config, []), queue),
    ...podFitProblems(config, queue, levels),
  ];
}
