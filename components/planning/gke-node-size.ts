/** How much of a machine pods can have on GKE, which keeps a part of each layer of its memory. */
import { gkeReservation } from "../catalogue/gke.ts";
import { allocatable, type MachineSize, type NodeSize } from "./node-size.ts";

/** What is left of a machine after the reservation of GKE; of its cores as much as on any other node. */
export function gkeAllocatable(machine: MachineSize): NodeSize {
  const left = machine.memoryGiB - keptGiB(machine.memoryGiB);
  return { ...allocatable(machine), memoryMiB: Math.floor(left * 1024) - gkeReservation.evictionMiB };
}

function keptGiB(memoryGiB: number): number {
  let rest = memoryGiB;
  let kept = 0;
  for (const { layerGiB, part } of gkeReservation.memory) {
    const layer = Math.min(rest, layerGiB);
    kept += layer * part;
    rest -= layer;
  }
  return kept;
}
