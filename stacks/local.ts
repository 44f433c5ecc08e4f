/** The platform on one machine: real control plane and controllers, simulated accelerator nodes. */
import { simulationAnnotations, topologyLabels } from "../components/catalogue/labels.ts";
import {
  type Cluster,
  GpuSharing,
  localCluster,
  NodePool,
  PriorityClasses,
  Queueing,
  Team,
  TeamGuard,
  TrainingJob,
} from "../components/index.ts";
import { readInstallation } from "../embedded/installation.ts";
import type { LocalStack } from "./config.ts";
import { type StackOutputs, stackOutputs } from "./outputs.ts";

export function local(config: LocalStack): StackOutputs {
  const installation = readInstallation();
  const cluster = localCluster("local", { installation, topology: config.topology });

  const pools = config.pools.map(({ name, ...pool }) => new NodePool(name, { cluster, ...pool }));
  const provisioned = pools.map((pool) => pool.provisioned);
  // A stack without shared pools has no use for its objects.
  if (provisioned.some(({ sharing }) => sharing.mode !== "dedicated")) {
    new GpuSharing("gpu-sharing", { cluster, pools: provisioned });
  }
  const queueing = new Queueing("kueue", {
    cluster,
    ...config.queueing,
    pools: provisioned,
    queues: config.teams.flatMap(teamQueues),
  });
  const priorityClasses = new PriorityClasses("priority", { cluster, queueing });

  new TeamGuard("guard", { cluster });
  const teams = config.teams.map(
    ({ name, cohort: _, quotas: __, fairSharingWeight: ___, ...team }) =>
      new Team(name, { cluster, queueing, ...team }),
  );
  const jobs = config.jobs.map((job) => trainingJob(job, teams, cluster, priorityClasses));
  return stackOutputs(pools, queueing, teams, jobs);
}

function teamQueues({ name, cohort, fairSharingWeight, quotas }: LocalStack["teams"][number]) {
  return quotas.map((quota) => ({ ...quota, team: name, cohort, fairSharingWeight }));
}

function trainingJob(
  job: LocalStack["jobs"][number],
  teams: readonly Team[],
  cluster: Cluster,
  priorityClasses: PriorityClasses,
): TrainingJob {
  const { name, team, pool, topology, runSeconds, ...training } = job;
  const queue = teams.find(({ namespace }) => namespace === team)?.queues[pool];
  if (!queue) throw new Error(`team ${team} has no queue in pool ${pool}, which the schema checked`);
  return new TrainingJob(name, {
    cluster,
    queue,
    priorityClasses,
    ...training,
    ...(topology ? { topology: { mode: topology.mode, level: topologyLabels[topology.domain] } } : {}),
    podAnnotations: runSeconds === undefined ? {} : { [simulationAnnotations.finishAfter]: `${runSeconds}s` },
  });
}
