/** Kueue as the queueing system: holds whole jobs back, above the cluster's own scheduler. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { platformLabels } from "../catalogue/labels.ts";
import { images } from "../catalogue/versions.ts";
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { fabricResources } from "../planning/fabric.ts";
import type { SharedPool } from "../planning/sharing.ts";
import type { QueueingBackend, QueueingConfig, QueueingObjects, QueueingSetup } from "./backend.ts";
import { clusterQueueName, clusterQueueSpec, quotasByQueue } from "./cluster-queue.ts";
import { claimGates, deviceClassMappings } from "./device-class-mappings.ts";
import { fixedPlacement } from "./fixed-placement.ts";
import { checkObjects, checksOf } from "./kueue-checks.ts";
import { cohortSpec } from "./kueue-cohort.ts";
import { type KueueSettings, kueueConfiguration } from "./kueue-configuration.ts";
import { kueueProblems } from "./kueue-rules.ts";
import { poolTopologies, poolTopology } from "./pool-topology.ts";
import { flavorSpec } from "./resource-flavor.ts";

const namespace = "kueue-system";
const apiVersion = "kueue.x-k8s.io/v1beta2";

export const kueue: QueueingBackend = {
  problems: kueueProblems,
  create: createKueue,
  open: (name, { queue, metadata, weight }, opts) => {
    const fairSharing = weight === undefined ? {} : { fairSharing: { weight: String(weight) } };
    const spec = { clusterQueue: clusterQueueName(queue), ...fairSharing };
    return new k8s.apiextensions.CustomResource(
      name,
      { apiVersion, kind: "LocalQueue", metadata, spec },
      opts,
    );
  },
  // Kueue alone decides who is preempted: the scheduler must not evict a pod behind its back.
  priority: { preemptionPolicy: "Never", workloadClass: { apiVersion, kind: "WorkloadPriorityClass" } },
  namespaceAnnotations: () => ({}),
  rights: [
    {
      apiGroups: ["kueue.x-k8s.io"],
      resources: ["localqueues", "workloads"],
      verbs: ["get", "list", "watch"],
    },
  ],
};

type Create = (
  kind: string,
  objectName: string,
  spec: object,
  dependsOn: readonly pulumi.Resource[],
  labels?: Record<string, string>,
  hooks?: pulumi.ResourceHookBinding,
) => pulumi.Resource;

function createKueue({ name, cluster, pools, config, parent }: QueueingSetup): QueueingObjects {
  const values = kueueValues(config, pools);
  const release = cluster.install(name, { chart: "kueue", namespace, values }, { parent });
  const create: Create = (kind, objectName, spec, dependsOn, labels, hooks = {}) =>
    new k8s.apiextensions.CustomResource(
      `${name}-${kind.toLowerCase()}-${objectName}`,
      { apiVersion, kind, metadata: { name: objectName, labels }, spec },
      // Names are fixed, so a new object cannot exist beside the old one (F122).
      { parent, dependsOn: [...dependsOn], deleteBeforeReplace: true, hooks },
    );
  const fixed = fixedPlacement(name);

  const topologies = new Map(
    poolTopologies(pools, cluster.topologyLevels).map((topology) => {
      const levels = topology.levels.map((nodeLabel) => ({ nodeLabel }));
      return [topology.name, create("Topology", topology.name, { levels }, [release], undefined, fixed)];
    }),
  );
  const flavors = new Map(
    pools.map((pool) => {
      const topologyName = poolTopology(pool, cluster.topologyLevels).name;
      const topology = found(topologies.get(topologyName));
      const spec = flavorSpec(pool, topologyName);
      return [pool.name, create("ResourceFlavor", pool.name, spec, [topology], { ...pool.labels }, fixed)];
    }),
  );
  const checks = createChecks(config, release, create);
  const cohorts = createCohorts(config, pools, release, flavors, create);
  const queues = [...quotasByQueue(config.queues)].map(([queueName, quotas]) => {
    const queue = found(quotas[0]);
    const pool = found(pools.find((candidate) => candidate.name === queue.pool));
    const names = checksOf(pool.name, config.provisioning, config.multiKueue);
    const byUsage = config.admissionFairSharing !== undefined;
    const { fairSharing, preemption } = config;
    const spec = clusterQueueSpec(queue, quotas, pool, { fairSharing, preemption, checks: names, byUsage });
    const needed = names.map((checkName) => found(checks.get(checkName)));
    const dependsOn = [found(flavors.get(queue.pool)), found(cohorts.get(queue.cohort)), ...needed];
    const labels = { [platformLabels.team]: queue.team, [platformLabels.pool]: queue.pool };
    return create("ClusterQueue", queueName, spec, dependsOn, labels);
  });
  return { release, queues };
}

/** Admission checks by name. */
function createChecks(
  { provisioning, multiKueue }: QueueingConfig,
  release: pulumi.Resource,
  create: Create,
) {
  const checks = new Map<string, pulumi.Resource>();
  let before: readonly pulumi.Resource[] = [release];
  for (const { kind, name, spec } of checkObjects(provisioning, multiKueue)) {
    const made = create(kind, name, spec, before);
    before = [made];
    if (kind === "AdmissionCheck") checks.set(name, made);
  }
  return checks;
}

/** Cohorts by name, parents before children. */
function createCohorts(
  config: QueueingConfig,
  pools: readonly ProvisionedNodePool[],
  release: pulumi.Resource,
  flavors: ReadonlyMap<string, pulumi.Resource>,
  create: Create,
) {
  const cohorts = new Map<string, pulumi.Resource>();
  const make = (cohort: string): pulumi.Resource => {
    const known = cohorts.get(cohort);
    if (known) return known;
    const node = config.cohortTree.find((candidate) => candidate.cohort === cohort);
    const above = node?.parent === undefined ? [release] : [make(node.parent)];
    const owned = (node?.quotas ?? []).map(({ pool }) => found(flavors.get(pool)));
    const made = create("Cohort", cohort, cohortSpec(node, pools, config.fairSharing), [...above, ...owned]);
    cohorts.set(cohort, made);
    return made;
  };
  for (const cohort of config.cohorts) make(cohort);
  return cohorts;
}

/** Values of the chart; every value that the platform depends on is set here. */
export function kueueValues(
  settings: KueueSettings & { readonly elasticJobs?: boolean },
  pools: readonly (SharedPool & Pick<ProvisionedNodePool, "devices" | "fabric">)[] = [],
): Record<string, unknown> {
  const { repository, tag } = images.kueue;
  const resourceNames = [
    ...new Set(pools.flatMap(({ devices }) => devices.map(({ resourceName }) => resourceName))),
  ];
  const networkNames = [...new Set(pools.flatMap(({ fabric }) => fabricResources(fabric)))];
  const mappings = deviceClassMappings(pools);
  const configuration = kueueConfiguration(settings, { resourceNames, networkNames, mappings });
  // Without it a job that grows would be placed as if none of its pods ran yet.
  const elastic = settings.elasticJobs
    ? [{ name: "ElasticJobsViaWorkloadSlicesWithTAS", enabled: true }]
    : [];
  const gates = [...elastic, ...claimGates(pools)];
  return {
    controllerManager: {
      manager: { image: { repository, tag, pullPolicy: "IfNotPresent" } },
      ...(gates.length > 0 ? { featureGates: gates } : {}),
    },
    managerConfig: { controllerManagerConfigYaml: JSON.stringify(configuration) },
  };
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a queue names a pool or cohort that was checked before");
  return value;
}
