/** Slices of a pool of TPUs: hosts whose chips are joined, and which work only all together. */
import { type AcceleratorId, accelerators } from "../catalogue/hardware.ts";
import { topologyLabels, tpuLabels } from "../catalogue/labels.ts";
import { type SliceShape, sliceShapes } from "../catalogue/tpu-slices.ts";
import { count, type Path, type Problem } from "./problem.ts";

export interface SlicedPool {
  readonly accelerator: AcceleratorId;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  /** Chips along each axis of a slice, e.g. 2x4. */
  readonly sliceTopology?: string;
}

/** What queues and jobs need to know of the slices of a pool. */
export interface PoolSlices extends SliceShape {
  /** Node label that all hosts of one slice, and no others, have the same value of. */
  readonly level: string;
}

/** Slices of a pool; undefined where it has none, or none that exist. */
export function poolSlices(pool: SlicedPool): PoolSlices | undefined {
  const found = sliceShapes(pool.accelerator)?.find((shape) => isShapeOf(shape, pool));
  if (!found) return undefined;
  return { ...found, level: found.hosts === 1 ? topologyLabels.node : tpuLabels.nodePool };
}

function isShapeOf(shape: SliceShape, pool: SlicedPool): boolean {
  return shape.topology === pool.sliceTopology && shape.chipsPerHost === pool.acceleratorsPerNode;
}

/** Pools of slices that the accelerator does not come in, or of parts of slices. */
export function poolSliceProblems(pool: SlicedPool): Problem[] {
  const { accelerator, sliceTopology, nodes } = pool;
  const shapes = sliceShapes(accelerator);
  if (!shapes) return sliceTopology === undefined ? [] : [undividedProblem(pool)];
  const slices = poolSlices(pool);
  if (!slices) return [shapeProblem(pool, shapes)];
  if (nodes % slices.hosts === 0) return [];
  const whole = Math.ceil(nodes / slices.hosts) * slices.hosts;
  return [
    {
      path: ["nodes"],
      given: String(nodes),
      allowed: `a multiple of ${slices.hosts}, the hosts of a slice ${slices.topology}`,
      remedy: `make it ${whole}, or choose smaller slices`,
    },
  ];
}

function undividedProblem({ accelerator, sliceTopology }: SlicedPool): Problem {
  const tpus = Object.entries(accelerators).filter(([id]) => sliceShapes(id as AcceleratorId));
  return {
    path: ["sliceTopology"],
    given: JSON.stringify(sliceTopology),
    allowed: `nothing with ${accelerator}: slices have ${tpus.map(([id]) => id).join(", ")}`,
    remedy: "leave sliceTopology out, or choose one of these accelerators",
  };
}

function shapeProblem(pool: SlicedPool, shapes: readonly SliceShape[]): Problem {
  const { accelerator, sliceTopology, acceleratorsPerNode } = pool;
  const known = shapes.map(({ topology, chipsPerHost }) => `${topology} of ${chipsPerHost}`).join(", ");
  const given = sliceTopology === undefined ? "nothing" : JSON.stringify(sliceTopology);
  return {
    path: ["sliceTopology"],
    given: `${given}, with ${acceleratorsPerNode} per node`,
    allowed: `the slices of ${accelerator}, each with its acceleratorsPerNode: ${known}`,
    remedy: "choose one of these",
  };
}

interface Gang {
  readonly path: Path;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
}

/** Gangs that are more or less than one slice: what is left of a slice works for nobody. */
export function sliceGangProblems(gang: Gang, pool: string, slices: PoolSlices): Problem[] {
  const { nodes, acceleratorsPerNode } = gang;
  if (nodes === slices.hosts && acceleratorsPerNode === slices.chipsPerHost) return [];
  const whole = `${count(slices.hosts, "node")} of ${slices.chipsPerHost}`;
  return [
    {
      path: [...gang.path, "nodes"],
      given: `${count(nodes, "node")} of ${acceleratorsPerNode}`,
      allowed: `${whole}: one whole slice ${slices.topology} of pool ${pool}`,
      remedy: `ask for ${whole}, or choose a pool of other slices`,
    },
  ];
}

/** A network domain asked for where every gang has its slice, which is one. */
export function sliceDomainProblems(path: Path, pool: string): Problem[] {
  return [
    {
      path: [...path, "topology"],
      given: "a network domain",
      allowed: `nothing in pool ${pool}: a gang there has one slice, whole`,
      remedy: "leave topology out",
    },
  ];
}
