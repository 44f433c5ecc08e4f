/** The objects of a performance set: queues as our component emits them, workloads as the set says. */
import type { ProvisionedNodePool } from "../../../components/cluster/contract.ts";
import { poolDevices } from "../../../components/planning/sharing.ts";
import { clusterQueueName, clusterQueueSpec } from "../../../components/scheduling/cluster-queue.ts";
import { cohortSpec } from "../../../components/scheduling/kueue-cohort.ts";
import { flavorSpec } from "../../../components/scheduling/resource-flavor.ts";
import type { PerformanceSet, PerformanceWorkload } from "./configuration.ts";

const apiVersion = "kueue.x-k8s.io/v1beta2";
const poolLabel = "plinth.dev/pool";
const topologyName = "performance";

/** A resource of the API server: where it is made, and what. */
export interface Created {
  readonly path: string;
  readonly body: object;
}

/** One stream of workloads into one queue. */
export interface Stream {
  readonly namespace: string;
  readonly intervalMs: number;
  readonly count: number;
  readonly workloads: readonly PerformanceWorkload[];
}

const size = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 96 } as const;

/** A machine with as many accelerators as cores: quotas in accelerators are then quotas in cores. */
const pool: ProvisionedNodePool = {
  name: "performance",
  resourceName: "nvidia.com/gpu",
  ...size,
  sharing: { mode: "dedicated" },
  devices: poolDevices({ ...size, sharing: { mode: "dedicated" } }),
  labels: { [poolLabel]: "performance" },
  taints: [],
  allocatable: { cpu: "96", memory: "262144Mi", "nvidia.com/gpu": "96" },
  resources: [],
};

/** Everything that must be there before the first workload, in this order. */
export function queueObjects({ generator }: PerformanceSet): { objects: Created[]; streams: Stream[] } {
  const { topologyName: name, ...flavor } = flavorSpec(pool, topologyName);
  const levels = generator.topology?.levels.map(({ nodeLabel }) => ({ nodeLabel }));
  const objects = [
    ...(levels ? [kueueObject("topologies", "Topology", topologyName, { levels })] : []),
    kueueObject(
      "resourceflavors",
      "ResourceFlavor",
      pool.name,
      levels ? { ...flavor, topologyName: name } : flavor,
    ),
  ];
  const streams: Stream[] = [];
  for (const cohortSet of generator.cohorts) {
    for (let index = 0; index < cohortSet.count; index += 1) {
      const cohort = `${cohortSet.className}-${index}`;
      objects.push(kueueObject("cohorts", "Cohort", cohort, cohortSpec(undefined, [pool], false)));
      for (const queues of cohortSet.queuesSets) {
        for (let place = 0; place < queues.count; place += 1) {
          const team = `${queues.className}-${index}-${place}`;
          const quota = { accelerators: queues.nominalQuota, borrowingLimit: queues.borrowingLimit };
          const queue = { team, pool: pool.name, cohort, fairSharingWeight: 1, ...quota };
          const spec = clusterQueueSpec(queue, [queue], pool, { fairSharing: false });
          objects.push(
            kueueObject("clusterqueues", "ClusterQueue", clusterQueueName(queue), spec),
            { path: "/api/v1/namespaces", body: { metadata: { name: team } } },
            {
              path: `/apis/${apiVersion}/namespaces/${team}/localqueues`,
              body: {
                apiVersion,
                kind: "LocalQueue",
                metadata: { name: pool.name, namespace: team },
                spec: { clusterQueue: clusterQueueName(queue) },
              },
            },
          );
          for (const { count, creationIntervalMs, workloads } of queues.workloadsSets) {
            streams.push({ namespace: team, intervalMs: creationIntervalMs, count, workloads });
          }
        }
      }
    }
  }
  return { objects, streams };
}

/** Nodes are ready from the start: not in every cluster somebody makes them so. */
const ready = { type: "Ready", status: "True", reason: "KubeletReady", message: "made so" };

/** The simulated nodes of a set with a topology; the product of its levels' counts. */
export function nodeObjects({
  generator: { topology },
}: PerformanceSet): (Created & { readonly name: string })[] {
  let domains: { name: string; labels: Record<string, string> }[] = [{ name: "node", labels: {} }];
  for (const { count, nodeLabel } of topology?.levels ?? []) {
    domains = domains.flatMap(({ name, labels }) =>
      Array.from({ length: count }, (_, index) => ({
        name: `${name}-${index}`,
        labels: { ...labels, [nodeLabel]: `${name}-${index}` },
      })),
    );
  }
  const capacity = { ...topology?.levels.at(-1)?.capacity, pods: "110", "nvidia.com/gpu": "96" };
  return (topology ? domains : []).map(({ name, labels }) => ({
    name,
    path: "/api/v1/nodes",
    body: {
      metadata: {
        name,
        labels: { ...labels, [poolLabel]: pool.name },
        annotations: { "kwok.x-k8s.io/node": "fake" },
      },
      status: { capacity, allocatable: capacity, conditions: [ready] },
    },
  }));
}

/** A workload without a job, as upstream's own runner makes them. */
export function workloadObject(namespace: string, name: string, workload: PerformanceWorkload): Created {
  const container = {
    name: "main",
    image: "none",
    resources: { requests: { cpu: workload.request } },
  };
  const podSet = {
    name: "main",
    count: workload.podCount,
    template: { spec: { restartPolicy: "Never", containers: [container] } },
    ...(workload.tasLevel ? { topologyRequest: topologyRequest(workload, workload.tasLevel) } : {}),
  };
  return {
    path: `/apis/${apiVersion}/namespaces/${namespace}/workloads`,
    body: {
      apiVersion,
      kind: "Workload",
      metadata: { name, namespace },
      spec: { queueName: pool.name, priority: workload.priority, podSets: [podSet] },
    },
  };
}

function topologyRequest({ tasConstraint, sliceSize }: PerformanceWorkload, level: string) {
  if (tasConstraint === "balanced") {
    return { podSetSliceRequiredTopology: level, podSetSliceSize: sliceSize };
  }
  return tasConstraint === "required" ? { required: level } : { preferred: level };
}

function kueueObject(plural: string, kind: string, name: string, spec: object): Created {
  return { path: `/apis/${apiVersion}/${plural}`, body: { apiVersion, kind, metadata: { name }, spec } };
}
