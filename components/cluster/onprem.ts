/** The cluster contract on a cluster that exists already: its nodes are found, not made. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { type Distribution, distributions } from "../catalogue/distributions.ts";
import { platformLabels, topologyLabels, winningPatch } from "../catalogue/labels.ts";
import type { Schedulers } from "../catalogue/schedulers.ts";
import { refuse } from "../config.ts";
import { isClaimed } from "../planning/claims.ts";
import { devicesProblems } from "../planning/compatibility.ts";
import { fabricShare } from "../planning/fabric.ts";
import { softwareLabels } from "../planning/gpu-software.ts";
import type { NodeSoftware } from "../planning/gpu-stack.ts";
import { podQuantities } from "../planning/node-size.ts";
import { nodeDevices, poolDevices, selectionLabels } from "../planning/sharing.ts";
import {
  lastingTaints,
  type SiteInventory,
  type SiteNode,
  selectedNodes,
} from "../planning/site-inventory.ts";
import { leastAllocatable } from "../planning/site-pool-problems.ts";
import { levelLabels, nodeTopology, roomLevels, type TopologyDomain } from "../planning/topology.ts";
import { clusterProvider } from "./cluster-provider.ts";
import type { Cluster, ClusterAbilities, ProvisionedNodePool } from "./contract.ts";
import { fetchableCharts, helmRelease } from "./helm-release.ts";
import { onpremPool } from "./onprem-pool.ts";

export interface OnpremClusterArgs {
  /** Path of a kubeconfig, or its content as a secret: what is given here stands in the state. */
  readonly kubeconfig: string | pulumi.Output<string>;
  /** Default: the kubeconfig's current one. */
  readonly context?: string | undefined;
  /** What `readInventory` found, checked with `siteProblems`. */
  readonly inventory: SiteInventory;
  readonly distribution: Distribution;
  /** Storage class of pods' own disks. */
  readonly diskClass: string;
  /** Labels by which the site's nodes tell their network domains. Default: none are known but the nodes. */
  readonly domainLabels?: { readonly [Domain in Exclude<TopologyDomain, "node">]?: string | undefined };
  /** Class of load balancers. Default: the cluster's own. */
  readonly loadBalancerClass?: string | undefined;
  /** The one repository of all charts, for a site without internet. Default: each chart's own. */
  readonly chartMirror?: string | undefined;
  /** The site's schedulers beside Kubernetes' own, by how they place pods. Default: none. */
  readonly schedulers?: Schedulers | undefined;
}

/** A cluster of nodes that were there before. */
export type OnpremCluster = Cluster<typeof onpremPool>;

/** No node can be ordered, and a chart that nobody publishes comes from a mirror or not at all. */
export function onpremAbilities(chartMirror?: string, schedulers: Schedulers = {}): ClusterAbilities {
  return { charts: fetchableCharts(chartMirror), provisioningClasses: [], schedulers };
}

export function onpremCluster(name: string, args: OnpremClusterArgs): OnpremCluster {
  const { context, inventory, chartMirror, loadBalancerClass, domainLabels = {} } = args;
  const provider = clusterProvider(name, {
    kubeconfig: args.kubeconfig,
    ...(context === undefined ? {} : { context }),
  });
  const domains = knownDomains(domainLabels);
  return {
    abilities: onpremAbilities(chartMirror, args.schedulers),
    kubernetes: inventory.kubernetes,
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    provider,
    topologyLevels: roomLevels,
    systemPlacement: { nodeSelector: {}, tolerations: [] },
    diskClass: args.diskClass,
    poolSchema: onpremPool,
    nodePool: (pool, opts) => {
      const served = devicesProblems(["sharing"], pool.sharing, inventory.kubernetes);
      refuse(`NodePool "${pool.name}"`, served);
      return foundPool(pool, args, domains, opts);
    },
    install: (release, chart, opts) => helmRelease(release, chart, { provider, chartMirror }, opts),
    programImage: () => undefined,
    repairLabels: undefined,
  };
}

/** A network domain: the label that gangs are placed by, and the site's. */
interface Domain {
  readonly name: Exclude<TopologyDomain, "node">;
  readonly level: string;
  readonly label: string;
}

/** From the widest to the narrowest. */
function knownDomains(labels: NonNullable<OnpremClusterArgs["domainLabels"]>): Domain[] {
  return (["block", "rack", "nvlink"] as const).flatMap((name) => {
    const label = labels[name];
    return label === undefined ? [] : [{ name, level: topologyLabels[name], label }];
  });
}

/** Those that nodes of a pool tell, if not all of them: NVLink may end at its machines. */
function domainsOf(nodes: readonly SiteNode[], domains: readonly Domain[]): Domain[] {
  return domains.filter(({ label }) => nodes.some(({ labels }) => labels[label] !== undefined));
}

function foundPool(
  { name, nodeSelector, carries, ...request }: z.output<typeof onpremPool>,
  { inventory, distribution }: OnpremClusterArgs,
  known: readonly Domain[],
  opts: pulumi.ComponentResourceOptions,
): ProvisionedNodePool {
  const nodes = selectedNodes(inventory.nodes, nodeSelector);
  const [first] = nodes;
  if (first === undefined) throw new Error(`pool ${name} has no nodes, which the checks refuse`);
  const software: NodeSoftware = { carries, env: distributions[distribution].env };
  const domains = domainsOf(nodes, known);
  const patches = nodes.map((node, index) => {
    const labels = {
      [platformLabels.pool]: name,
      ...levelsOn(node, nodes, domains),
      ...softwareLabels(software),
      ...selectionLabels(request, index),
    };
    return patchedNode(`${name}-${node.name}`, node.name, labels, opts);
  });
  const devices = poolDevices(request);
  const firstNode = isClaimed(request)
    ? Object.fromEntries(devices.map(({ resourceName, perNode }) => [resourceName, perNode]))
    : nodeDevices(request, 0);
  return {
    ...request,
    name,
    software,
    devices,
    resourceName: Object.keys(firstNode)[0] ?? "",
    labels: { [platformLabels.pool]: name },
    taints: lastingTaints(first),
    allocatable: {
      ...podQuantities(leastAllocatable(nodes, request.acceleratorsPerNode)),
      ...Object.fromEntries(Object.entries(firstNode).map(([resource, count]) => [resource, String(count)])),
      ...fabricShare(request, request.acceleratorsPerNode),
    },
    topology: nodeTopology([...domains.map(({ name: domain }) => domain), "node"]),
    domains: nodes.map((node) => levelLabels(domainsOn(node, nodes, domains))),
    resources: patches,
  };
}

/**
 * The site's names of the domains, under the labels that jobs and queues of every environment ask for. Of a
 * wider one that a node does not tell it has that of its pool's nodes in the same narrower one: a domain of
 * NVLink that stood in two racks would be two.
 */
function domainsOn(node: SiteNode, pool: readonly SiteNode[], domains: readonly Domain[]) {
  const told = ({ labels }: SiteNode, { label }: Domain) => labels[label];
  const beside = (wider: Domain, narrower: readonly Domain[]) =>
    pool.find(
      (other) =>
        told(other, wider) !== undefined &&
        narrower.some((one) => told(node, one) !== undefined && told(other, one) === told(node, one)),
    );
  const found = domains.flatMap((domain, index) => {
    const neighbour = told(node, domain) === undefined ? beside(domain, domains.slice(index + 1)) : node;
    const value = neighbour && told(neighbour, domain);
    return value === undefined ? [] : [[domain.level, value] as const];
  });
  return Object.fromEntries(found);
}

/**
 * What the node is to have of every level but its own name. Also of levels that the site labels itself: who
 * wrote a label that is there cannot be told, and what only this platform wrote would go if it were left out.
 */
function levelsOn(
  node: SiteNode,
  pool: readonly SiteNode[],
  domains: readonly Domain[],
): Record<string, string> {
  const labels = levelLabels({
    ...domainsOn(node, pool, domains),
    [topologyLabels.node]: node.labels[topologyLabels.node] ?? node.name,
  });
  delete labels[topologyLabels.node];
  return labels;
}

/** Labels of ours on a node that is not: its other fields stay whose they are, and ours go with the stack. */
function patchedNode(
  name: string,
  nodeName: string,
  labels: Readonly<Record<string, string>>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  // The MIG manager writes the layout of a node that has none; the plan's has to win.
  const annotations = { ...winningPatch };
  return new k8s.core.v1.NodePatch(
    name,
    { metadata: { name: nodeName, labels: { ...labels }, annotations } },
    opts,
  );
}
