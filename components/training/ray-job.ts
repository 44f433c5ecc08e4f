/** A program that runs on a Ray cluster of its own, which comes and goes with it. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { accelerators } from "../planning/roles.ts";
import { checkpointPlace, checkpointProblems, checkpoints, podCheckpoints } from "./checkpoints.ts";
import {
  rayFields,
  rayFitProblems,
  rayMetadata,
  rayPodFields,
  rayProblems,
  rayRoles,
  raySpec,
} from "./ray-config.ts";
import { queuedOptions, type RunArgs, timeoutSeconds } from "./run.ts";

// Its program gets all workers at once and gives them back with its end: docs/training.md tells why.
const { autoscaling: _, ...fixedRayFields } = rayFields;

/** Fields of a RayJob, also used by the stack file. */
export const rayJobFields = {
  ...fixedRayFields,
  /** Command line that is run on the cluster. */
  entrypoint: z.string().min(1).max(4096),
  timeoutSeconds,
  /** How often it is tried again, each time on a new cluster. Default: 0. */
  retries: z.int().min(0).max(100).default(0),
  /** Seconds for which a finished RayJob is kept. Default: 3600. */
  keepSeconds: z.int().min(0).max(2_592_000).default(3600),
  /** Lets it save to the team's object store before it must go. Default: none. */
  checkpoints,
};

const rayJobConfig = z.strictObject({
  name: dnsLabel,
  ...rayJobFields,
  ...rayPodFields,
  /** What Ray keeps with the submission. Default: nothing. */
  metadata: z.record(z.string(), z.string()).default({}),
});

export interface RayJobArgs extends Omit<z.input<typeof rayJobConfig>, "name">, RunArgs {}

export class RayJob extends pulumi.ComponentResource {
  /** All accelerators that the job holds while it runs. */
  readonly accelerators: number;
  /** Namespace and name of the RayJob. */
  readonly job: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: RayJobArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses: _, controllers: __, ...input } = args;
    const owner = `RayJob "${name}"`;
    const config = parseConfig(rayJobConfig, { name, ...input }, owner);
    refuse(owner, [
      ...rayProblems(config, []),
      ...checkpointProblems([], config.checkpoints, checkpointPlace(queue)),
      ...rayFitProblems(config, queue, cluster.topologyLevels),
    ]);
    super("plinth:training:RayJob", name, {}, { ...opts, provider: cluster.provider });

    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "ray.io/v1",
        kind: "RayJob",
        metadata: rayMetadata(name, queue, config),
        spec: {
          entrypoint: config.entrypoint,
          // A submitter would be one more pod for a gang that has no accelerator for it (F44).
          submissionMode: "HTTPMode",
          // Otherwise a finished job would keep the queue's accelerators.
          shutdownAfterJobFinishes: true,
          ttlSecondsAfterFinished: config.keepSeconds,
          activeDeadlineSeconds: config.timeoutSeconds,
          backoffLimit: config.retries,
          ...(Object.keys(config.metadata).length > 0 ? { metadata: config.metadata } : {}),
          rayClusterSpec: raySpec(config, queue, podCheckpoints(config.checkpoints, queue, name)),
        },
      },
      queuedOptions(this, args, "kuberay"),
    );
    this.accelerators = accelerators(rayRoles(config, []));
    this.job = { namespace: queue.namespace, name };
    this.registerOutputs({ accelerators: this.accelerators, job: this.job });
  }
}
