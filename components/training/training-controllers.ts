/** The controllers that serve training kinds beyond plain Jobs, each installed only where it is named. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type ControllerName, controllerNames, trainingControllers } from "../catalogue/controllers.ts";
import { images } from "../catalogue/versions.ts";
import type { Cluster, ClusterAbilities } from "../cluster/contract.ts";
import { parseConfig, refuse, report } from "../config.ts";
import type { Path, Problem } from "../planning/problem.ts";
import { repeatedName } from "../planning/reference.ts";

/** Fields of the section, also used by the stack file. */
export const trainingFields = {
  /** Controllers to install. Default: none; plain Jobs need none. */
  controllers: z.array(z.enum(controllerNames)).max(controllerNames.length).default([]),
};

const trainingConfig = z
  .strictObject(trainingFields)
  .superRefine((config, context) => report(context, controllerProblems(["controllers"], config.controllers)));

export interface TrainingControllersArgs extends z.input<typeof trainingConfig> {
  cluster: Cluster;
}

export class TrainingControllers extends pulumi.ComponentResource {
  /** By name; whatever a controller serves depends on its release. */
  readonly releases: Readonly<Partial<Record<ControllerName, pulumi.Resource>>>;

  constructor(name: string, args: TrainingControllersArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, ...input } = args;
    const config = parseConfig(trainingConfig, input, `TrainingControllers "${name}"`);
    refuse(
      `TrainingControllers "${name}"`,
      chartlessProblems(["controllers"], config.controllers, cluster.abilities.charts),
    );
    super("plinth:training:TrainingControllers", name, {}, { ...opts, provider: cluster.provider });

    const releases: Partial<Record<ControllerName, pulumi.Resource>> = {};
    // In the order of the catalogue, where a controller stands after those that it needs.
    for (const controller of controllerNames.filter((known) => config.controllers.includes(known))) {
      const { namespace, needs } = trainingControllers[controller];
      const dependsOn = needs.flatMap((needed) => releases[needed] ?? []);
      releases[controller] = cluster.install(
        controller,
        { chart: controller, namespace, values: values[controller] },
        { parent: this, dependsOn },
      );
    }
    this.releases = releases;
    this.registerOutputs({ controllers: config.controllers });
  }
}

/** The release of a controller, or an error that says how to get it. */
export function releaseOf(controllers: TrainingControllers, name: ControllerName): pulumi.Resource {
  const release = controllers.releases[name];
  if (release) return release;
  throw new pulumi.RunError(
    `${trainingControllers[name].title} is not installed: add ${name} to controllers`,
  );
}

/** Controllers that are named twice, or without another that they need. */
export function controllerProblems(path: Path, controllers: readonly ControllerName[]): Problem[] {
  return controllers.flatMap((name, index) => {
    const { title, needs } = trainingControllers[name];
    const missing = needs.filter((needed) => !controllers.includes(needed));
    return [
      ...repeatedName([...path, index], index, controllers),
      ...missing.map((needed) => ({
        path: [...path, index],
        given: name,
        allowed: `${name} together with ${needed}: ${title} makes objects of its kinds`,
        remedy: `add ${needed} to the list`,
      })),
    ];
  });
}

/** Controllers whose chart the cluster cannot get. */
export function chartlessProblems(
  path: Path,
  controllers: readonly ControllerName[],
  able: ClusterAbilities["charts"],
): Problem[] {
  return controllers.flatMap((name, index) => {
    if (able.includes(name)) return [];
    return [
      {
        path: [...path, index],
        given: name,
        allowed: controllerNames.filter((known) => able.includes(known)).join(", "),
        remedy: `leave it out, or name a chart mirror that has a chart of ${trainingControllers[name].title}`,
      },
    ];
  });
}

/** Charts of source trees name staging images and branch tags: every image is stated. */
const values: Readonly<Record<ControllerName, Readonly<Record<string, unknown>>>> = {
  jobset: {
    image: { repository: images.jobset.repository, tag: images.jobset.tag, pullPolicy: "IfNotPresent" },
  },
  trainer: {
    image: {
      registry: images.trainer.repository.split("/")[0],
      repository: images.trainer.repository.split("/").slice(1).join("/"),
      tag: images.trainer.tag,
    },
    // JobSet has a release of its own.
    jobset: { install: false },
  },
  lws: {
    image: {
      manager: { repository: images.lws.repository, tag: images.lws.tag, pullPolicy: "IfNotPresent" },
    },
    // The chart leaves out what the restricted Pod Security level asks for.
    podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  },
  kuberay: { image: { repository: images.kuberay.repository, tag: images.kuberay.tag } },
  mpi: { image: { repository: images.mpi.repository, tag: images.mpi.tag } },
};
