/** A Ray cluster of a team: a head, and workers that are admitted together. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import type { Path, Problem } from "../planning/problem.ts";
import { accelerators } from "../planning/roles.ts";
import {
  rayFields,
  rayFitProblems,
  rayMetadata,
  rayPodFields,
  rayProblems,
  rayRoles,
  raySpec,
} from "./ray-config.ts";
import { optionalTimeoutSeconds, queuedOptions, type RunArgs } from "./run.ts";

/** Fields of a RayCluster, also used by the stack file. */
export const rayClusterFields = { ...rayFields, timeoutSeconds: optionalTimeoutSeconds };

const rayClusterConfig = z.strictObject({ name: dnsLabel, ...rayClusterFields, ...rayPodFields });
type RayClusterConfig = z.output<typeof rayClusterConfig>;

export interface RayClusterArgs extends Omit<z.input<typeof rayClusterConfig>, "name">, RunArgs {}

export class RayCluster extends pulumi.ComponentResource {
  /** The most accelerators that the cluster holds. */
  readonly accelerators: number;
  /** Namespace and name of the RayCluster. */
  readonly job: { readonly namespace: string; readonly name: string };
  /** Where Ray clients connect, within the team's namespace. */
  readonly address: string;

  constructor(name: string, args: RayClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses: _, controllers: __, ...input } = args;
    const owner = `RayCluster "${name}"`;
    const config = parseConfig(rayClusterConfig, { name, ...input }, owner);
    refuse(owner, [
      ...rayClusterProblems(config, []),
      ...rayFitProblems(config, queue, cluster.topologyLevels),
    ]);
    super("plinth:training:RayCluster", name, {}, { ...opts, provider: cluster.provider });

    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "ray.io/v1",
        kind: "RayCluster",
        metadata: rayMetadata(name, queue, config, config.timeoutSeconds),
        spec: raySpec(config, queue),
      },
      queuedOptions(this, args, "kuberay"),
    );
    this.accelerators = accelerators(rayRoles(config, []));
    this.job = { namespace: queue.namespace, name };
    this.address = `ray://${name}-head-svc.${queue.namespace}:10001`;
    this.registerOutputs({ accelerators: this.accelerators, job: this.job, address: this.address });
  }
}

/** What does not go together, whatever the pool and the queue are. */
export function rayClusterProblems(
  config: Pick<RayClusterConfig, "workers" | "autoscaling" | "timeoutSeconds">,
  path: Path,
): Problem[] {
  return [...rayProblems(config, path), ...deadlineProblems(config, path)];
}

/** Each growth is a Workload of its own, and Kueue counts from its admission (0.19.2, workloadslicing). */
function deadlineProblems(
  { autoscaling, timeoutSeconds }: Pick<RayClusterConfig, "autoscaling" | "timeoutSeconds">,
  path: Path,
): Problem[] {
  if (!autoscaling || timeoutSeconds === undefined) return [];
  return [
    {
      path: [...path, "timeoutSeconds"],
      given: String(timeoutSeconds),
      allowed: "nothing with autoscaling: the time would begin anew each time that the cluster grows",
      remedy: "leave it out, or autoscaling",
    },
  ];
}
