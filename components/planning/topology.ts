/** Network domains of a pool: which nodes share a rack and a block, and what fits into one. */
import { topologyLabels } from "../catalogue/labels.ts";
import type { GangPlan } from "./gang.ts";
import { count, type Path, type Problem } from "./problem.ts";
import { countedDevices, type PoolPlan } from "./quota.ts";
import { repeatedName } from "./reference.ts";
import { ofProfile } from "./sharing.ts";

export type TopologyDomain = keyof typeof topologyLabels;

export const topologyDomains = Object.keys(topologyLabels) as [TopologyDomain, ...TopologyDomain[]];

export interface TopologyShape {
  readonly nodesPerRack: number;
  readonly racksPerBlock: number;
}

/** Block and rack labels of the node with this index in its pool; names are unique over all pools. */
export function domainLabels(pool: string, index: number, shape: TopologyShape): Record<string, string> {
  const rack = Math.floor(index / shape.nodesPerRack);
  const block = Math.floor(rack / shape.racksPerBlock);
  return {
    [topologyLabels.block]: `${pool}-block-${block}`,
    [topologyLabels.rack]: `${pool}-rack-${rack}`,
  };
}

/** Levels that the nodes of a pool do not carry: Kueue would find no domain there (F48). */
export function levelProblems(path: Path, level: string, levels: readonly string[]): Problem[] {
  if (levels.includes(level)) return [];
  return [
    {
      path,
      given: JSON.stringify(level),
      allowed: levels.join(", "),
      remedy: "name a level that the cluster's nodes carry as a label",
    },
  ];
}

const node = topologyLabels.node;

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
    rack: shape.nodesPerRack,
    block: shape.nodesPerRack * shape.racksPerBlock,
  };
  const nodes = Math.min(nodesIn[domain], pool.nodes);
  const device = ofProfile(countedDevices(pool), gang.profile);
  const podsPerNode = Math.floor((device?.perNode ?? 0) / gang.acceleratorsPerNode);
  const fits = nodes * podsPerNode;
  if (device === undefined || gang.nodes <= fits) return [];
  return [
    {
      path: [...gang.path, "topology"],
      given: `${count(gang.nodes, "pod")} of ${gang.acceleratorsPerNode} ${device.noun} in one ${domain}`,
      allowed: `at most ${fits} (a ${domain} of pool ${pool.name} has ${count(nodes, "node")})`,
      remedy: "require a wider domain, prefer this one instead of requiring it, or make the job smaller",
    },
  ];
}
