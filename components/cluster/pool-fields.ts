/** What a pool says in every environment, and what none of them can give it. */
import { z } from "zod";
import { accelerators, machineFor } from "../catalogue/hardware.ts";
import { sliceTopologies } from "../catalogue/tpu-slices.ts";
import { dnsLabel } from "../names.ts";
import { fabricProblems } from "../planning/fabric.ts";
import type { Problem } from "../planning/problem.ts";
import { poolSharingProblems } from "../planning/sharing-problems.ts";
import { poolSliceProblems } from "../planning/slices.ts";
import type { NodePoolRequest } from "./contract.ts";
import { fabricField } from "./pool-fabric.ts";
import { sharingField } from "./pool-sharing.ts";

export const poolFields = {
  sharing: sharingField,
  /** Network devices, which pods of gangs over several nodes ask for. Default: none. */
  fabric: fabricField,
  /** Slice of TPUs that the nodes make up, by its chips along each axis; for TPUs, and for these only. */
  sliceTopology: z.enum(sliceTopologies).optional(),
  /** RuntimeClass of its pods, where the nodes' default runtime hands out no accelerators. Default: none. */
  runtimeClass: dnsLabel.optional(),
};

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
