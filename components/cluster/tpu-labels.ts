/** What GKE writes on a node with TPUs: product, shape of its slice, and the node pool that the slice is. */
import { accelerators } from "../catalogue/hardware.ts";
import { tpuLabels } from "../catalogue/labels.ts";
import { poolSlices } from "../planning/slices.ts";
import type { NodePoolRequest } from "./contract.ts";

/** Labels of the node with this index; slices take the nodes of a pool in their order. */
export function tpuNodeLabels(pool: string, index: number, request: NodePoolRequest): Record<string, string> {
  const slices = poolSlices(request);
  if (!slices) throw new Error(`${request.accelerator} has no slice ${request.sliceTopology}`);
  const { topology, chipsPerHost, hosts } = slices;
  return {
    [tpuLabels.accelerator]: accelerators[request.accelerator].discovery.product,
    [tpuLabels.topology]: topology,
    [tpuLabels.count]: String(chipsPerHost),
    // GKE makes a node pool of each slice of several hosts, and one of any number of hosts that are slices.
    [tpuLabels.nodePool]: hosts === 1 ? pool : `${pool}-${Math.floor(index / hosts)}`,
  };
}
