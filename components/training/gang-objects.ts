/** The objects of a gang, as the queueing system of its queue wants them. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { kueueLabels } from "../catalogue/labels.ts";
import type { BackendName } from "../scheduling/backend.ts";
import { poolTopology } from "../scheduling/pool-topology.ts";
import { tierOf } from "../scheduling/volcano-configuration.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { type GangJob, jobManifest, jobSizeFields, jobSizeManifest, rendezvousManifest } from "./gang-job.ts";
import { kaiJobManifest } from "./kai-job.ts";
import { volcanoJobManifest } from "./volcano-job.ts";

export interface GangSetup {
  readonly name: string;
  /** Its `queue` is the name under which the team's namespace knows it. */
  readonly gang: GangJob;
  readonly queue: TeamQueue;
  readonly topologyLevels: readonly string[];
  readonly parent: pulumi.Resource;
  /** What must exist before, and goes after. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** Makes the gang's objects. */
export function createGang(setup: GangSetup): void {
  forms[setup.queue.clusterQueue.backend](setup);
}

const forms: Readonly<Record<BackendName, (setup: GangSetup) => void>> = {
  kueue: createQueuedJob,
  volcano: createVolcanoJob,
  kai: createKaiJob,
};

// An admitted job cannot be changed in place: another spec or queue is another run.
const replaceOnChanges = ["spec"];

function createQueuedJob({ name, gang, queue, parent, dependsOn }: GangSetup): void {
  const service = createRendezvous(name, gang, queue, parent);
  const job = new k8s.batch.v1.Job(name, jobManifest(gang), {
    parent,
    deleteBeforeReplace: true,
    dependsOn: [service, ...dependsOn],
    // A Job that is made anew for another reason has the size of its stack file all the same.
    ignoreChanges: gang.elastic ? jobSizeFields : [],
    replaceOnChanges: [
      // The numbers of an elastic job, and only they, change in place.
      ...(gang.elastic ? ["spec.template"] : replaceOnChanges),
      `metadata.labels["${kueueLabels.queueName}"]`,
    ],
  });
  if (gang.elastic) createSize(name, gang, parent, job);
}

function createSize(name: string, gang: GangJob, parent: pulumi.Resource, job: pulumi.Resource): void {
  new k8s.batch.v1.JobPatch(`${name}-size`, jobSizeManifest(gang), {
    parent,
    dependsOn: [job],
    // It goes only where its Job goes, too: to take a running Job's size away is refused.
    retainOnDelete: true,
  });
}

/** Its Service is made by Volcano itself, which also gives each pod its host name. */
function createVolcanoJob({ name, gang, queue, topologyLevels, parent, dependsOn }: GangSetup): void {
  const tier = gang.topology ? tierOf(gang.topology.level, topologyLevels) : undefined;
  const job = { ...gang, queue: queue.clusterQueue.name, pool: queue.pool, tier };
  new k8s.apiextensions.CustomResource(name, volcanoJobManifest(job), {
    parent,
    deleteBeforeReplace: true,
    dependsOn: [...dependsOn],
    replaceOnChanges,
  });
}

function createKaiJob({ name, gang, queue, topologyLevels, parent, dependsOn }: GangSetup): void {
  const service = createRendezvous(name, gang, queue, parent);
  const job = { ...gang, queue: queue.clusterQueue.name, pool: queue.pool };
  new k8s.batch.v1.Job(name, kaiJobManifest(job, poolTopology(queue.pool, topologyLevels).name), {
    parent,
    deleteBeforeReplace: true,
    dependsOn: [service, ...dependsOn],
    replaceOnChanges: [...replaceOnChanges, "metadata.labels"],
  });
}

function createRendezvous(name: string, gang: GangJob, queue: TeamQueue, parent: pulumi.Resource) {
  return new k8s.core.v1.Service(`${name}-rendezvous`, rendezvousManifest(gang), {
    parent,
    deleteBeforeReplace: true,
    dependsOn: [queue.resource],
  });
}
