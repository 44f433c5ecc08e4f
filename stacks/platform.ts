/** What stands on every cluster: sharing, queues, priorities, controllers, teams and what these run. */
import {
  type Cluster,
  GpuOperator,
  GpuSharing,
  NodeHealth,
  type NodePool,
  type ObjectStore,
  PriorityClasses,
  Queueing,
  s3Store,
  Team,
  TeamGuard,
  TrainingControllers,
} from "../components/index.ts";
import type { StackSecrets } from "./config.ts";
import type { PlatformConfig } from "./entries.ts";
import { makeInferenceServers } from "./inference-servers.ts";
import { submitJob } from "./jobs.ts";
import { makeNotebooks } from "./notebooks.ts";
import { type StackOutputs, stackOutputs } from "./outputs.ts";

/** Builds all that does not depend on where the cluster is, and tells its outputs. */
export function platform(
  cluster: Cluster,
  pools: readonly NodePool[],
  config: PlatformConfig,
  secrets: StackSecrets = {},
  store: ObjectStore | undefined = config.objectStore && s3Store(config.objectStore, secrets.objectStoreKeys),
): StackOutputs {
  const provisioned = pools.map((pool) => pool.provisioned);
  // Simulated nodes carry no software and run none: those that are shared are told how, and no more.
  if (provisioned.some(({ software }) => software !== undefined)) {
    new GpuOperator("gpu", { cluster, pools: provisioned, ...config.gpuOperator });
  } else if (
    provisioned.some(({ sharing, sharedByMaker }) => sharing.mode !== "dedicated" && !sharedByMaker)
  ) {
    new GpuSharing("gpu-sharing", { cluster, pools: provisioned });
  }
  const queueing = new Queueing("kueue", {
    cluster,
    ...config.queueing,
    controllers: config.training.controllers,
    pools: provisioned,
    queues: config.teams.flatMap(teamQueues),
  });
  const priorityClasses = new PriorityClasses("priority", { cluster, queueing });
  const controllers = new TrainingControllers("training", { cluster, ...config.training });
  if (config.nodeHealth) new NodeHealth("node-health", { cluster, queueing, ...config.nodeHealth });

  new TeamGuard("guard", { cluster });
  const teams = config.teams.map(
    ({ name, cohort: _, quotas: __, fairSharingWeight: ___, objectStore, ...team }) =>
      new Team(name, {
        cluster,
        queueing,
        controllers,
        objectStore: objectStore ? store : undefined,
        ...team,
      }),
  );
  const jobs = config.jobs.map((job) => submitJob(job, { cluster, teams, priorityClasses, controllers }));
  const notebooks = makeNotebooks(config.notebooks, { cluster, teams, priorityClasses });
  const servers = makeInferenceServers(config.inferenceServers, { cluster, teams, priorityClasses });
  return stackOutputs(pools, queueing, teams, jobs, notebooks, servers);
}

function teamQueues({ name, cohort, fairSharingWeight, quotas }: PlatformConfig["teams"][number]) {
  return quotas.map((quota) => ({ ...quota, team: name, cohort, fairSharingWeight }));
}
