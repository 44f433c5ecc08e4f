/** What the rules of a stack file must know of its environment: what pools say there, and what it can do. */
import type { z } from "zod";
import type { Schedulers } from "../components/catalogue/schedulers.ts";
import { awsProvisioningClasses } from "../components/cluster/aws-autoscaler.ts";
import { type AwsPool, awsPool } from "../components/cluster/aws-pool.ts";
import { awsRegion } from "../components/cluster/aws-region.ts";
import type { ClusterAbilities, PoolSchema } from "../components/cluster/contract.ts";
import { gcpClusterFields } from "../components/cluster/gcp-fields.ts";
import { type GcpPool, gcpAbilities, gcpPool } from "../components/cluster/gcp-pool.ts";
import { fetchableCharts } from "../components/cluster/helm-release.ts";
import { hostNodeSize, localAbilities } from "../components/cluster/local.ts";
import { localPool } from "../components/cluster/local-pool.ts";
import { onpremAbilities } from "../components/cluster/onprem.ts";
import { onpremPool } from "../components/cluster/onprem-pool.ts";
import { awsTopology, gcpTopology } from "../components/planning/cloud-topology.ts";
import type { Problem } from "../components/planning/problem.ts";
import type { InferencePlace } from "../components/planning/serving/inference-plan.ts";
import { eksSystemNode, gkeSystemNode } from "../components/planning/system-node.ts";
import {
  type NodeTopology,
  poolShape,
  shapeDomains,
  type TopologyDomain,
  type TopologyShape,
  topologyDomains,
} from "../components/planning/topology.ts";
import { awsProblems, hasAwsStore } from "./aws-rules.ts";
import { provisioningClassesEntry, topologyEntry } from "./entries.ts";
import { gcpStackProblems } from "./gcp-config.ts";
import { siteFields } from "./onprem-entries.ts";

export interface EnvironmentRules {
  readonly pool: PoolSchema;
  /** As far as the stack's own sections decide it, and these are well-formed. */
  abilities(stack: unknown): ClusterAbilities;
  /** Whether its machine room is written down. */
  readonly hasTopology: boolean;
  /** What nodes of such a pool tell of their place, as far as the file decides it, from the widest. */
  domains(stack: unknown, pool: z.output<PoolSchema>): readonly TopologyDomain[];
  /** Problems of its own sections, as far as these are well-formed. */
  problems(stack: unknown): Problem[];
  /** Where inference servers without accelerators stand. Default: nothing is known of it. */
  inferencePlace?(stack: unknown): InferencePlace;
  /** Whether the file asks for a store that the environment makes. Default: never. */
  hasStore?(stack: unknown): boolean;
}

const local: EnvironmentRules = {
  pool: localPool,
  abilities: (stack) => localAbilities(classesOf(stack)),
  hasTopology: true,
  domains: (stack, pool) => {
    const room = roomOf(stack);
    return room ? shapeDomains(poolShape(pool, room)) : topologyDomains;
  },
  problems: () => [],
  inferencePlace: () => ({ hasRuntime: true, node: hostNodeSize, nodes: 1 }),
};

const environments: Readonly<Record<string, EnvironmentRules>> = {
  local,
  aws: {
    pool: awsPool,
    abilities: (stack) => ({
      charts: fetchableCharts(mirrorOf(stack)),
      provisioningClasses: awsProvisioningClasses,
    }),
    hasTopology: false,
    domains: (stack, pool: AwsPool) => {
      const { data: region } = awsRegion.safeParse((stack as { aws?: { region?: unknown } }).aws?.region);
      return region === undefined ? topologyDomains : domainsOf(awsTopology(pool, region));
    },
    problems: awsProblems,
    inferencePlace: () => ({ hasRuntime: false, node: eksSystemNode }),
    hasStore: hasAwsStore,
  },
  gcp: {
    pool: gcpPool,
    abilities: (stack) => gcpAbilities(mirrorOf(stack)),
    hasTopology: false,
    domains: (_, pool: GcpPool) => domainsOf(gcpTopology(pool)),
    problems: gcpStackProblems,
    inferencePlace: (stack) => ({ hasRuntime: false, node: gcpSystemNode(stack) }),
  },
  onprem: {
    pool: onpremPool,
    abilities: (stack) => onpremAbilities(mirrorOf(stack), schedulersOf(stack)),
    hasTopology: false,
    domains: siteDomains,
    problems: () => [],
  },
};

/** The names that its levels have for jobs. */
function domainsOf(topology: NodeTopology | undefined): TopologyDomain[] {
  return topologyDomains.filter((domain) => domain === "node" || topology?.domains[domain] !== undefined);
}

/** The labels that it names; which pools have that of NVLink, its nodes tell. */
function siteDomains(stack: unknown): TopologyDomain[] {
  const { domainLabels = {} } = stack as { domainLabels?: unknown };
  const { data } = siteFields.domainLabels.safeParse(domainLabels);
  return topologyDomains.filter((domain) => domain === "node" || !data || data[domain] !== undefined);
}

/** The machine room of a stack, as far as it is well-formed. */
export function roomOf(stack: unknown): TopologyShape | undefined {
  return topologyEntry.safeParse((stack as { topology?: unknown } | undefined)?.topology ?? {}).data;
}

/** Those of the named environment; of one that nobody knows, the schema tells. */
export function environmentRules(name: unknown): EnvironmentRules {
  return environments[String(name)] ?? local;
}

/** Of the machine that it names, or of the default. */
function gcpSystemNode(stack: unknown): InferencePlace["node"] {
  const { systemPool } = stack as { systemPool?: unknown };
  const { data } = gcpClusterFields.systemPool.safeParse(systemPool);
  return data && gkeSystemNode(data.machine);
}

/** The provisioning classes of a local stack, as far as they are well-formed. */
function classesOf(stack: unknown): readonly string[] | undefined {
  // Also of what is no section at all, which the schema refuses.
  return provisioningClassesEntry.safeParse(Object(stack).provisioningClasses).data;
}

function schedulersOf(stack: unknown): Schedulers | undefined {
  return siteFields.schedulers.safeParse((stack as { schedulers?: unknown }).schedulers).data;
}

/** The mirror of a stack, as far as it names one. */
function mirrorOf(stack: unknown): string | undefined {
  return siteFields.chartMirror.safeParse((stack as { chartMirror?: unknown }).chartMirror).data;
}
