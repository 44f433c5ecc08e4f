/** What every environment tells once it is up. */
import type * as pulumi from "@pulumi/pulumi";
import type { InferenceServer, NodePool, Notebook, Queueing, Team } from "../components/index.ts";
import type { SubmittedJob } from "./jobs.ts";

export interface StackOutputs {
  /** Node pools with all their accelerators. */
  readonly pools: readonly PoolOutput[];
  /** Cluster queues with what is promised to each, in accelerators. */
  readonly queues: readonly QueueOutput[];
  /** Teams and their namespaces. */
  readonly teams: readonly { readonly name: string; readonly namespace: string }[];
  /** Jobs that the stack itself submitted. */
  readonly jobs: readonly JobOutput[];
  /** Notebooks that the stack itself holds. */
  readonly notebooks: readonly NotebookOutput[];
  /** Models that the stack itself serves, with the address for pods of the cluster. */
  readonly inferenceServers: readonly InferenceServerOutput[];
  /** By registry: what images write instead of its host, to come from the environment's own repositories. */
  readonly registries?: Readonly<Record<string, pulumi.Output<string>>>;
}

interface PoolOutput {
  readonly name: string;
  readonly accelerator: string;
  readonly nodes: number;
  readonly accelerators: number;
}

interface QueueOutput {
  readonly name: string;
  readonly team: string;
  readonly pool: string;
  readonly nominal: number;
  readonly borrowingLimit: number;
}

interface JobOutput {
  readonly name: string;
  readonly namespace: string;
  readonly accelerators: number;
}

interface NotebookOutput extends JobOutput {
  readonly owner: string;
}

interface InferenceServerOutput {
  readonly name: string;
  readonly namespace: string;
  readonly url: string;
}

/** The outputs of a platform made of these parts. */
export function stackOutputs(
  pools: readonly NodePool[],
  queueing: Queueing,
  teams: readonly Team[],
  jobs: readonly SubmittedJob[],
  notebooks: readonly Notebook[],
  servers: readonly InferenceServer[],
): StackOutputs {
  return {
    pools: pools.map(({ provisioned, accelerators }) => ({
      name: provisioned.name,
      accelerator: provisioned.accelerator,
      nodes: provisioned.nodes,
      accelerators,
    })),
    queues: queueing.queues.map(({ name, team, pool, accelerators, borrowingLimit }) => ({
      name,
      team,
      pool,
      nominal: accelerators,
      borrowingLimit,
    })),
    teams: teams.map(({ namespace }) => ({ name: namespace, namespace })),
    jobs: jobs.map(({ job, accelerators }) => ({ ...job, accelerators })),
    inferenceServers: servers.map(({ server, url }) => ({ ...server, url })),
    notebooks: notebooks.map(({ notebook, owner, accelerators }) => ({ ...notebook, owner, accelerators })),
  };
}
