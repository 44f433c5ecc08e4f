/** What one pod can have of a node for the platform's own programs, where its machine is known. */
import { systemMachineSize } from "../catalogue/eks.ts";
import { type GkeSystemMachine, gkeSystemMachineSizes } from "../catalogue/gke.ts";
import { gkeAllocatable } from "./gke-node-size.ts";
import { allocatable, podRoom } from "./node-size.ts";

export const eksSystemNode = podRoom(allocatable(systemMachineSize));

export function gkeSystemNode(machine: GkeSystemMachine) {
  return podRoom(gkeAllocatable(gkeSystemMachineSizes[machine]));
}
