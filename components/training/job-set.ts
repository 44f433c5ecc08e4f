/** A training run of several roles, such as trainers and evaluators, admitted and restarted as one. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import type { Problem } from "../planning/problem.ts";
import { repeatedName, unknownName } from "../planning/reference.ts";
import { accelerators, podsOf } from "../planning/roles.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { checkpointPlace, checkpointProblems, checkpoints, podCheckpoints } from "./checkpoints.ts";
import { jobSetSpec, podAddresses } from "./job-set-spec.ts";
import {
  commandLine,
  environment,
  imageReference,
  networkEnvironment,
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
import { gangTopology, sliceJobProblems } from "./slice-rules.ts";

/** Fields of a JobSet, also used by the stack file. */
export const jobSetFields = {
  /** Kinds of pods that run side by side; at least one. */
  roles: z
    .array(
      z.strictObject({
        /** Once in the job; also the name of the container. */
        name: dnsLabel,
        ...sizeFields,
        image: imageReference,
        /** Default: the image's own. */
        command: commandLine.optional(),
        /** Default: none beside those of the rendezvous. */
        environment,
        /** An earlier role whose pods must be ready before these start. Default: none. */
        after: dnsLabel.optional(),
      }),
    )
    .min(1)
    .max(20),
  /** Roles that must succeed for the job to have succeeded. Default: all. */
  successRoles: z.array(dnsLabel).min(1).max(20).optional(),
  priority,
  /** How often the whole job is started again after a failure. Default: 3. */
  restarts: z.int().min(0).max(100).default(3),
  /** JobSets have no limit of their own: Kueue keeps it over all restarts, and stops the job for good. */
  timeoutSeconds,
  /** Lets it save to the team's object store before it must go. Default: none. */
  checkpoints,
};

const jobSetConfig = z.strictObject({
  name: dnsLabel,
  ...jobSetFields,
  /** For each role by itself. Default: any nodes. */
  topology: topology.optional(),
  podAnnotations,
});

type JobSetConfig = z.output<typeof jobSetConfig>;

export interface JobSetArgs extends Omit<z.input<typeof jobSetConfig>, "name">, RunArgs {}

export class JobSet extends pulumi.ComponentResource {
  /** All accelerators that the job holds while it runs. */
  readonly accelerators: number;
  /** Namespace and name of the JobSet. */
  readonly job: { readonly namespace: string; readonly name: string };
  /** Names of the pods of each role, as they find each other. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;

  constructor(name: string, args: JobSetArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses: _, controllers: __, ...input } = args;
    const owner = `JobSet "${name}"`;
    const config = parseConfig(jobSetConfig, { name, ...input }, owner);
    refuse(owner, [...jobSetProblems(config, []), ...fitProblems(config, queue, cluster.topologyLevels)]);
    super("plinth:training:JobSet", name, {}, { ...opts, provider: cluster.provider });

    const pods = podsOf(config.roles);
    const roles = config.roles.map((role) => ({
      ...role,
      ...podSize(queue, role.acceleratorsPerNode, pods),
      environment: { ...networkEnvironment(queue, pods), ...role.environment },
      checkpoints: podCheckpoints(config.checkpoints, queue, name),
      labels: queue.labels,
      annotations: config.podAnnotations,
      serviceAccount: queue.serviceAccount,
      priority: config.priority,
      topology: gangTopology(queue.pool, config.topology),
      slices: queue.pool.slices,
    }));
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "jobset.x-k8s.io/v1alpha2",
        kind: "JobSet",
        metadata: queuedMetadata(name, queue, config.priority, config.timeoutSeconds),
        spec: jobSetSpec({
          name,
          roles,
          successRoles: config.successRoles ?? config.roles.map((role) => role.name),
          restarts: config.restarts,
        }),
      },
      queuedOptions(this, args, "jobset"),
    );
    this.accelerators = accelerators(config.roles);
    this.job = { namespace: queue.namespace, name };
    this.addresses = Object.fromEntries(config.roles.map((role) => [role.name, podAddresses(name, role)]));
    this.registerOutputs({ accelerators: this.accelerators, job: this.job, addresses: this.addresses });
  }
}

/** The most characters of a pod's name, and those that JobSet appends to make it unique. */
const podName = { max: 63, suffix: 6 };

/** Roles that do not go together, whatever the pool and the queue are. */
export function jobSetProblems(
  config: Pick<JobSetConfig, "name" | "roles" | "successRoles">,
  path: readonly (string | number)[],
): Problem[] {
  const names = config.roles.map((role) => role.name);
  return [
    ...config.roles.flatMap((role, index) => {
      const at = [...path, "roles", index];
      return [
        ...repeatedName([...at, "name"], index, names),
        ...(role.after ? unknownName([...at, "after"], role.after, names.slice(0, index)) : []),
        ...nameProblems([...at, "name"], config.name, role),
      ];
    }),
    ...(config.successRoles ?? []).flatMap((role, index) =>
      unknownName([...path, "successRoles", index], role, names),
    ),
  ];
}

function nameProblems(
  path: readonly (string | number)[],
  job: string,
  role: JobSetConfig["roles"][number],
): Problem[] {
  const longest = `${job}-${role.name}-0-${role.nodes - 1}`;
  const excess = longest.length + podName.suffix - podName.max;
  if (excess <= 0) return [];
  return [
    {
      path,
      given: `"${role.name}", whose pods are called ${longest} and ${podName.suffix} more characters`,
      allowed: `names of pods of at most ${podName.max} characters`,
      remedy: `shorten the role's or the job's name by ${excess}`,
    },
  ];
}

/** Why the job could never run here, if it could not. */
function fitProblems(config: JobSetConfig, queue: TeamQueue, levels: readonly string[]): Problem[] {
  const roles = config.roles.map((role, index) => ({ ...role, path: ["roles", index] }));
  return [
    ...checkpointProblems([], config.checkpoints, checkpointPlace(queue)),
    ...roleFitProblems("jobset", roles, queue),
    ...sliceJobProblems(config, [], queue.pool),
    ...podFitProblems({ acceleratorsPerNode: 1, topology: config.topology }, queue, levels),
  ];
}
