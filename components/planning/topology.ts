/** Network domains of a pool: which nodes share NVLink, a rack and a block, and what fits into one. */
import { createHash } from "node:crypto";
import { acceleratorSpec } from "../catalogue/accelerator-specs.ts";
import type { AcceleratorId } from "../catalogue/hardware.ts";
import { topologyLabels } from "../catalogue/labels.ts";
import type { GangPlan } from "./gang.ts";
import { count, type Path, type Problem } from "./problem.ts";
import { countedDevices, type PoolPlan } from "./quota.ts";
import { repeatedName } from "./reference.ts";
import { ofProfile } from "./sharing.ts";

export type TopologyDomain = keyof typeof topologyLabels;

export const topologyDomains = Object.keys(topologyLabels) as [TopologyDomain, ...TopologyDomain[]];

/** What the nodes of a pool tell of their place. */
export interface NodeTopology {
  /** Pools of equal levels share one. */
  readonly name: string;
  /** Node labels from the widest domain to the node itself; every node of the pool has each. */
  readonly levels: readonly string[];
  /** The level that jobs mean by the name of a domain; a domain without one is none there. */
  readonly domains: { readonly [Domain in TopologyDomain]?: string };
}

const { node } = topologyLabels;

/**
 * Levels of a machine room whose nodes the platform labels, all of them from the first day: Kueue lets no
 * Topology change its levels and no flavor its Topology, and a site may learn its domains later.
 */
export const roomLevels: readonly string[] = Object.values(topologyLabels);

/** Topology of every pool that stands in such a room. */
export const roomTopology = "default";

/** Of nodes that tell these domains. */
export function nodeTopology(told: readonly TopologyDomain[]): NodeTopology {
  const domains = Object.fromEntries(told.map((domain) => [domain, topologyLabels[domain]]));
  return { name: roomTopology, levels: roomLevels, domains };
}

/**
 * Labels of a node for every level down to the narrowest that it tells. Of one between these it is known to
 * share no more than the next narrower, whose value it has.
 */
export function levelLabels(told: Readonly<Record<string, string>>): Record<string, string> {
  const labels: [string, string][] = [];
  let narrower: string | undefined;
  for (const level of roomLevels.toReversed()) {
    narrower = told[level] ?? narrower;
    if (narrower !== undefined) labels.unshift([level, narrower]);
  }
  return Object.fromEntries(labels);
}

export interface TopologyShape {
  readonly nodesPerRack: number;
  readonly racksPerBlock: number;
  /** Nodes whose GPUs NVLink joins, as in racks of GB200; undefined where it ends at the machine. */
  readonly nodesPerNvlinkDomain?: number | undefined;
}

/** The room as a pool stands in it: only accelerators with NVLink can be joined by it. */
export function poolShape(
  { accelerator }: { readonly accelerator: AcceleratorId },
  { nodesPerNvlinkDomain, ...room }: TopologyShape,
): TopologyShape {
  return acceleratorSpec(accelerator).links.kind === "nvlink" ? { ...room, nodesPerNvlinkDomain } : room;
}

/** Domains by which gangs can be placed in such a room, from the widest to the node. */
export function shapeDomains({ nodesPerNvlinkDomain }: TopologyShape): TopologyDomain[] {
  return topologyDomains.filter((domain) => domain !== "nvlink" || nodesPerNvlinkDomain !== undefined);
}

/** Labels of the domains of the node with this index in its pool; names are unique over all pools. */
export function domainLabels(pool: string, index: number, shape: TopologyShape): Record<string, string> {
  const { nodesPerNvlinkDomain } = shape;
  const rack = Math.floor(index / shape.nodesPerRack);
  const block = Math.floor(rack / shape.racksPerBlock);
  const joined = nodesPerNvlinkDomain === undefined ? undefined : Math.floor(index / nodesPerNvlinkDomain);
  return {
    [topologyLabels.block]: `${pool}-block-${block}`,
    [topologyLabels.rack]: `${pool}-rack-${rack}`,
    ...(joined === undefined ? {} : { [topologyLabels.nvlink]: `${fabricId(pool)}.${joined}` }),
  };
}

/** A UUID that is the pool's alone, as the manager of a fabric gives one. */
function fabricId(pool: string): string {
  const digits = createHash("sha256").update(pool).digest("hex");
  return [8, 12, 16, 20, 32].map((end, part, ends) => digits.slice(ends[part - 1] ?? 0, end)).join("-");
}

/** Domains of NVLink that two racks would share. */
export function shapeProblems(path: Path, { nodesPerRack, nodesPerNvlinkDomain }: TopologyShape): Problem[] {
  if (nodesPerNvlinkDomain === undefined || nodesPerRack % nodesPerNvlinkDomain === 0) return [];
  return [
    {
      path: [...path, "nodesPerNvlinkDomain"],
      given: `${nodesPerNvlinkDomain}, with ${count(nodesPerRack, "node")} in a rack`,
      allowed: "a number that divides nodesPerRack: NVLink joins nodes of one rack",
      remedy: `choose a divisor of ${nodesPerRack}, or larger racks`,
    },
  ];
}

/** A domain that the nodes of the pool do not tell. */
export function unknownDomain(
  path: Path,
  domain: TopologyDomain,
  pool: string,
  known: readonly TopologyDomain[],
): Problem[] {
  if (known.includes(domain)) return [];
  return [
    {
      path: [...path, "topology", "domain"],
      given: JSON.stringify(domain),
      allowed: `${known.join(", ")}: what nodes of pool ${pool} tell of their place`,
      remedy: "name one of these, leave topology out, or run the job in a pool whose nodes tell it",
    },
  ];
}

/** Levels that the nodes of a pool do not carry: Kueue would find no domain there (F48). */
export function levelProblems(path: Path, level: string, levels: readonly string[]): Problem[] {
  if (levels.includes(level)) return [];
  return [
    {
      path,
      given: JSON.stringify(level),
      allowed: levels.join(", "),
      remedy: "name a level that the pool's nodes carry as a label",
    },
  ];
}

/** Levels that no queueing system can order: none, too many, one twice, or the node above something else. */
export function levelOrderProblems(path: Path, levels: readonly string[]): Problem[] {
  const repeated = levels.flatMap((_, index) => repeatedName([...path, index], index, levels));
  const problems: Problem[] = [];
  if (levels.length < 1 || levels.length > 16) {
    problems.push({
      path,
      given: count(levels.length, "level"),
      allowed: "1 to 16 levels",
      remedy: "name the labels of the cluster's network domains, from the widest to the node",
    });
  }
  const place = levels.indexOf(node);
  if (repeated.length === 0 && place !== -1 && place !== levels.length - 1) {
    problems.push({
      path: [...path, place],
      given: JSON.stringify(node),
      allowed: "only as the last level: nothing is narrower than a node",
      remedy: "move it to the end",
    });
  }
  return [...repeated, ...problems];
}

/** Gangs that must share a domain too small for them. */
export function domainProblems(
  gang: GangPlan,
  domain: TopologyDomain,
  pool: PoolPlan,
  shape: TopologyShape,
): Problem[] {
  const nodesIn: Record<TopologyDomain, number> = {
    node: 1,
    // Where there are no such domains, the job is refused for naming one.
    nvlink: shape.nodesPerNvlinkDomain ?? pool.nodes,
    rack: shape.nodesPerRack,
    block: shape.nodesPerRack * shape.racksPerBlock,
  };
  const noun = domain === "nvlink" ? "domain of NVLink" : domain;
  const nodes = Math.min(nodesIn[domain], pool.nodes);
  const device = ofProfile(countedDevices(pool), gang.profile);
  const podsPerNode = Math.floor((device?.perNode ?? 0) / gang.acceleratorsPerNode);
  const fits = nodes * podsPerNode;
  if (device === undefined || gang.nodes <= fits) return [];
  return [
    {
      path: [...gang.path, "topology"],
      given: `${count(gang.nodes, "pod")} of ${gang.acceleratorsPerNode} ${device.noun} in one ${noun}`,
      allowed: `at most ${fits} (a ${noun} of pool ${pool.name} has ${count(nodes, "node")})`,
      remedy: "require a wider domain, prefer this one instead of requiring it, or make the job smaller",
    },
  ];
}
