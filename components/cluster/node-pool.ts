/** A set of equal accelerator nodes that queues hand out to teams. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { acceleratorIds, accelerators, machineFor } from "../catalogue/hardware.ts";
import { sliceTopologies } from "../catalogue/tpu-slices.ts";
import { parseConfig, report } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { fabricProblems } from "../planning/fabric.ts";
import type { Problem } from "../planning/problem.ts";
import { poolAccelerators } from "../planning/quota.ts";
import { poolSharingProblems } from "../planning/sharing-problems.ts";
import { poolSliceProblems } from "../planning/slices.ts";
import type { Cluster, NodePoolRequest, ProvisionedNodePool } from "./contract.ts";
import { fabricField } from "./pool-fabric.ts";
import { sharingField } from "./pool-sharing.ts";

/** Fields of a pool, also used by the stack file. */
export const nodePoolFields = {
  /** Accelerator of every node, by its name in the hardware catalogue. */
  accelerator: z.enum(acceleratorIds),
  /** How many nodes, at most 1000 (one Kueue topology was tried up to that size). */
  nodes: z.int().min(1).max(1000),
  /** Accelerators of one node; a number that a machine of the catalogue has. */
  acceleratorsPerNode: z.int().min(1).max(16),
  sharing: sharingField,
  /** Network devices, which pods of gangs over several nodes ask for. Default: none. */
  fabric: fabricField,
  /** Slice of TPUs that the nodes make up, by its chips along each axis; for TPUs, and for these only. */
  sliceTopology: z.enum(sliceTopologies).optional(),
  /** RuntimeClass of its pods, where the nodes' default runtime hands out no accelerators. Default: none. */
  runtimeClass: dnsLabel.optional(),
};

const nodePoolConfig = z
  .strictObject({ name: dnsLabel, ...nodePoolFields })
  .superRefine((pool, context) => report(context, poolProblems(pool)));

export interface NodePoolArgs extends Omit<z.input<typeof nodePoolConfig>, "name"> {
  cluster: Cluster;
}

export class NodePool extends pulumi.ComponentResource {
  /** What schedulers and queues need to know of the pool. */
  readonly provisioned: ProvisionedNodePool;
  /** All accelerators of the pool. */
  readonly accelerators: number;

  constructor(name: string, args: NodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, ...input } = args;
    const pool = parseConfig(nodePoolConfig, { name, ...input }, `NodePool "${name}"`);
    super("plinth:cluster:NodePool", name, {}, { ...opts, provider: cluster.provider });

    this.provisioned = cluster.nodePool(name, pool, { parent: this });
    this.accelerators = poolAccelerators(pool);
    this.registerOutputs({ accelerators: this.accelerators, nodes: pool.nodes });
  }
}

/** Pools that no machine is, whose accelerators cannot be shared so, or that make up no slices. */
export function poolProblems(pool: NodePoolRequest): Problem[] {
  const machine = machineProblems(pool);
  // Slices are told by the hosts that they have; without a host there is none to tell of.
  const slices = machine.length === 0 ? poolSliceProblems(pool) : [];
  return [
    ...machine,
    ...poolSharingProblems(pool),
    ...slices,
    ...fabricProblems(pool),
    ...runtimeProblems(pool),
  ];
}

/** TPUs are mounted by their device plugin; no runtime knows them. */
function runtimeProblems({ accelerator, runtimeClass }: NodePoolRequest): Problem[] {
  if (runtimeClass === undefined || accelerators[accelerator].discovery.family !== "tpu") return [];
  return [
    {
      path: ["runtimeClass"],
      given: `"${runtimeClass}"`,
      allowed: `nothing for ${accelerator}: container runtimes hand out GPUs only`,
      remedy: "leave it out",
    },
  ];
}

/** Counts per node that no machine of the catalogue has. */
function machineProblems(pool: NodePoolRequest): Problem[] {
  if (machineFor(pool.accelerator, pool.acceleratorsPerNode)) return [];
  const counts = accelerators[pool.accelerator].machines.map((machine) => machine.accelerators);
  return [
    {
      path: ["acceleratorsPerNode"],
      given: String(pool.acceleratorsPerNode),
      allowed: `${counts.join(", ")}: the machines with ${pool.accelerator} that the catalogue knows`,
      remedy: "choose one of these counts, or add the machine to the hardware catalogue",
    },
  ];
}
