/** What a pool of simulated nodes may say: they are like any machine of the catalogue. */
import { z } from "zod";
import { acceleratorIds, machineFor } from "../catalogue/hardware.ts";
import { report } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { poolFields, poolProblems } from "./pool-fields.ts";

export const localPool = z
  .strictObject({
    name: dnsLabel,
    /** Accelerator of every node, by its name in the hardware catalogue. */
    accelerator: z.enum(acceleratorIds),
    /** How many nodes, at most 1000 (one Kueue topology was tried up to that size). */
    nodes: z.int().min(1).max(1000),
    /** Accelerators of one node; a number that a machine of the catalogue has. */
    acceleratorsPerNode: z.int().min(1).max(16),
    ...poolFields,
  })
  .superRefine((pool, context) => {
    const machine = machineFor(pool.accelerator, pool.acceleratorsPerNode);
    report(context, poolProblems({ ...pool, maxPods: machine?.maxPods }));
  });
