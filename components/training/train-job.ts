/** A training run that Kubeflow Trainer starts, by the runtime of its framework. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import type { Path, Problem } from "../planning/problem.ts";
import { accelerators, type RolePlan } from "../planning/roles.ts";
import {
  commandLine,
  queuedMetadata,
  queuedOptions,
  type RunArgs,
  sizeFields,
  timeoutSeconds,
} from "./run.ts";
import { roleFitProblems } from "./run-fit.ts";
import type { TrainingRuntime } from "./training-runtime.ts";
import { type Framework, hasLauncher } from "./training-runtime-spec.ts";

/** Fields of a TrainJob, also used by the stack file. */
export const trainJobFields = {
  nodes: sizeFields.nodes,
  /** Default: the image's own. */
  command: commandLine.optional(),
  timeoutSeconds,
};

const trainJobConfig = z.strictObject({ name: dnsLabel, ...trainJobFields });

export interface TrainJobArgs extends Omit<z.input<typeof trainJobConfig>, "name">, Omit<RunArgs, "queue"> {
  /** The runtime, which also decides queue, size of the pods and priority. */
  runtime: TrainingRuntime;
}

export class TrainJob extends pulumi.ComponentResource {
  /** All accelerators that the job holds while it runs. */
  readonly accelerators: number;
  /** Namespace and name of the TrainJob. */
  readonly job: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: TrainJobArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, runtime, priorityClasses: _, controllers: __, ...input } = args;
    const owner = `TrainJob "${name}"`;
    const config = parseConfig(trainJobConfig, { name, ...input }, owner);
    const { queue, framework, acceleratorsPerNode } = runtime;
    const roles = trainJobRoles({ ...config, acceleratorsPerNode }, []);
    refuse(owner, [
      ...launcherProblems({ ...config, framework }, []),
      ...networkProblems(config.nodes, runtime),
      ...roleFitProblems("trainjob", roles, queue),
    ]);
    super("plinth:training:TrainJob", name, {}, { ...opts, provider: cluster.provider });

    const options = queuedOptions(this, { ...args, queue }, "trainer");
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "trainer.kubeflow.org/v1alpha1",
        kind: "TrainJob",
        metadata: queuedMetadata(name, queue, runtime.priority),
        spec: {
          runtimeRef: { kind: "TrainingRuntime", name: runtime.runtime },
          activeDeadlineSeconds: config.timeoutSeconds,
          trainer: {
            numNodes: config.nodes,
            numProcPerNode: acceleratorsPerNode,
            ...(config.command ? { command: config.command } : {}),
          },
        },
      },
      options,
    );
    this.accelerators = accelerators(roles);
    this.job = { namespace: queue.namespace, name };
    this.registerOutputs({ accelerators: this.accelerators, job: this.job });
  }
}

/** The runtime says what its pods ask for, so jobs of one node and of several need one each. */
function networkProblems(nodes: number, { queue, multiNode }: TrainingRuntime): Problem[] {
  const { fabric, name } = queue.pool;
  if (!fabric || multiNode === nodes > 1) return [];
  return [
    {
      path: ["nodes"],
      given: String(nodes),
      allowed: multiNode
        ? `at least 2 with this runtime, whose pods ask for ${fabric.resourceName} of pool ${name}`
        : `1 with this runtime, whose pods ask for no ${fabric.resourceName} of pool ${name}`,
      remedy: `give the job a runtime with multiNode: ${!multiNode}`,
    },
  ];
}

/** The pods of a job: its launcher, where there is one, is one of its nodes. */
export function trainJobRoles(
  job: { readonly name: string; readonly nodes: number; readonly acceleratorsPerNode: number },
  path: Path,
): RolePlan[] {
  return [{ ...job, path }];
}

/** A launcher always has another node beside it: Trainer makes one even where one node was asked for. */
export function launcherProblems(
  job: { readonly framework: Framework; readonly nodes: number },
  path: Path,
): Problem[] {
  if (!hasLauncher(job.framework) || job.nodes > 1) return [];
  return [
    {
      path: [...path, "nodes"],
      given: String(job.nodes),
      allowed: `at least 2 with ${job.framework}, whose launcher is the first of them`,
      remedy: "ask for 2 nodes, or use the framework torch on one",
    },
  ];
}
