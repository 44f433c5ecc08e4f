/** A set of equal accelerator nodes that queues hand out to teams. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { schedulerProblems } from "../planning/pod-scheduler.ts";
import { poolAccelerators } from "../planning/quota.ts";
import type { Cluster, PoolSchema, ProvisionedNodePool } from "./contract.ts";

/** The cluster, and what a pool of its environment says apart from its name. */
export type NodePoolArgs<Schema extends PoolSchema = PoolSchema> = Omit<z.input<Schema>, "name"> & {
  cluster: Cluster<Schema>;
};

export class NodePool<Schema extends PoolSchema = PoolSchema> extends pulumi.ComponentResource {
  /** What schedulers and queues need to know of the pool. */
  readonly provisioned: ProvisionedNodePool;
  /** All accelerators of the pool. */
  readonly accelerators: number;

  constructor(name: string, args: NodePoolArgs<Schema>, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, ...input } = args;
    const pool = parseConfig(cluster.poolSchema, { name, ...input }, `NodePool "${name}"`);
    const { schedulers } = cluster.abilities;
    refuse(`NodePool "${name}"`, schedulerProblems(["sharing"], pool.sharing, schedulers));
    super("plinth:cluster:NodePool", name, {}, { ...opts, provider: cluster.provider });

    this.provisioned = cluster.nodePool(pool, { parent: this });
    this.accelerators = poolAccelerators(pool);
    this.registerOutputs({ accelerators: this.accelerators, nodes: pool.nodes });
  }
}
