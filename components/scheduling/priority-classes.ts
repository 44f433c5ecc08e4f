/** Priorities of queued jobs and of pods, in one scale. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/contract.ts";
import { type Priority, priorities, priorityNames } from "./priorities.ts";
import type { Queueing } from "./queueing.ts";

export interface PriorityClassesArgs {
  cluster: Cluster;
  /** The queueing system; it must be there before its classes, and outlive them. */
  queueing: Queueing;
}

export class PriorityClasses extends pulumi.ComponentResource {
  /** Names that a job or pod may carry. */
  readonly names: readonly Priority[] = priorityNames;

  constructor(name: string, args: PriorityClassesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:scheduling:PriorityClasses", name, {}, { ...opts, provider: args.cluster.provider });
    const options = { parent: this, deleteBeforeReplace: true };
    const { preemptionPolicy, workloadClass } = args.queueing.backend.priority;
    for (const priority of priorityNames) {
      const { value, description } = priorities[priority];
      const metadata = { name: priority };
      new k8s.scheduling.v1.PriorityClass(
        `${name}-${priority}`,
        { metadata, value, description, preemptionPolicy },
        options,
      );
      if (!workloadClass) continue;
      new k8s.apiextensions.CustomResource(
        `${name}-${priority}-workload`,
        { ...workloadClass, metadata, value, description },
        { ...options, dependsOn: [args.queueing.release] },
      );
    }
    this.registerOutputs({ names: this.names });
  }
}
