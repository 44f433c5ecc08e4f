/** Gang jobs on H100 nodes, exactly as TrainingJob makes them, and the same without a queue. */
import { accelerators, machineFor } from "../../components/catalogue/hardware.ts";
import { kueueLabels, platformLabels } from "../../components/catalogue/labels.ts";
import { images } from "../../components/catalogue/versions.ts";
import { acceleratorTaint } from "../../components/cluster/local-node.ts";
import { allocatable, podShare, quantities } from "../../components/planning/node-size.ts";
import { roomLevels } from "../../components/planning/topology.ts";
import type { Priority } from "../../components/scheduling/priorities.ts";
import { tierOf } from "../../components/scheduling/volcano-configuration.ts";
import { projectQueueName } from "../../components/tenancy/team-projects.ts";
import { type GangJob, jobManifest } from "../../components/training/gang-job.ts";
import { volcanoJobManifest } from "../../components/training/volcano-job.ts";

export const accelerator = "nvidia-h100-80gb-sxm";
export const acceleratorsPerNode = 8;

export interface Gang {
  readonly name: string;
  readonly team: string;
  readonly pool: string;
  readonly nodes: number;
  /** Default: all of a node. */
  readonly acceleratorsPerNode?: number;
  /** Default: normal. */
  readonly priority?: Priority;
  readonly topology?: GangJob["topology"];
  /** Project of the team in whose queue it waits. Default: none, it waits in the team's own. */
  readonly project?: string;
}

/** The Job as it is sent to the API server. */
export function gangJob(gang: Gang) {
  return { apiVersion: "batch/v1", kind: "Job", ...jobManifest(describe(gang)) };
}

/** The same gang as a job of Volcano. */
export function volcanoGangJob(gang: Gang) {
  const pool = { labels: { [platformLabels.pool]: gang.pool }, taints: [acceleratorTaint(accelerator)] };
  const tier = gang.topology ? tierOf(gang.topology.level, roomLevels) : undefined;
  return volcanoJobManifest({ ...describe(gang), queue: `${gang.team}-${gang.pool}`, pool, tier });
}

function describe(gang: Gang): GangJob {
  const own = { [platformLabels.team]: gang.team, [platformLabels.costCenter]: "cc-1" };
  const perNode = gang.acceleratorsPerNode ?? acceleratorsPerNode;
  return {
    name: gang.name,
    namespace: gang.team,
    labels: own,
    queue: gang.project === undefined ? gang.pool : projectQueueName(gang.pool, gang.project),
    priority: gang.priority ?? "normal",
    serviceAccount: "workload",
    image: images.placeholder.reference,
    nodes: gang.nodes,
    acceleratorsPerNode: perNode,
    requests: podRequests(perNode),
    sharedMemory: "1Gi",
    ...(gang.topology ? { topology: gang.topology } : {}),
    retries: 0,
    timeoutSeconds: 3600,
    podAnnotations: {},
  };
}

/** The same Job for a namespace without queues; it says itself where its pods run, as Kueue would have. */
export function unqueuedGangJob(gang: Gang) {
  const job = gangJob(gang);
  const { [kueueLabels.queueName]: _, ...labels } = job.metadata.labels;
  const placement = {
    nodeSelector: { [platformLabels.pool]: gang.pool },
    tolerations: [{ ...acceleratorTaint(accelerator), operator: "Equal" }],
  };
  const { template } = job.spec;
  return {
    ...job,
    metadata: { ...job.metadata, labels },
    spec: { ...job.spec, template: { ...template, spec: { ...template.spec, ...placement } } },
  };
}

function podRequests(perNode: number): Record<string, string> {
  const machine = machineFor(accelerator, acceleratorsPerNode);
  if (!machine) throw new Error(`the catalogue has no machine with ${acceleratorsPerNode} of ${accelerator}`);
  return quantities(podShare(allocatable(machine), perNode), accelerators[accelerator].resourceName);
}
