/** Network domains that the nodes of a cloud's pool tell, which not every machine does. */
import type { AwsMachineId } from "../catalogue/aws-machines.ts";
import type { GcpMachineId } from "../catalogue/gcp-machines.ts";
import { gkeLabels } from "../catalogue/gke.ts";
import { topologyLabels } from "../catalogue/labels.ts";
import { awsLayerLabels, gceTopologyLabels, hasGceTopology } from "../catalogue/network-labels.ts";
import type { NodeTopology } from "./topology.ts";

const { zone } = gkeLabels;
const { node } = topologyLabels;

/**
 * The layers of AWS's network between zone and node. What jobs call a rack is the lowest, whose machines are
 * nearest to each other, and a block the one above it. Undefined where the nodes tell none.
 */
export function awsTopology(
  { machine }: { readonly machine: AwsMachineId },
  region: string,
): NodeTopology | undefined {
  const layers = awsLayerLabels(machine, region);
  const [rack, block] = layers.toReversed();
  if (rack === undefined || block === undefined) return undefined;
  return {
    name: `network-layers-${layers.length}`,
    levels: [zone, ...layers, node],
    domains: { block, rack, node },
  };
}

interface GcpPoolPlan {
  readonly machine: GcpMachineId;
  readonly capacity: { readonly type: string };
  readonly compact: boolean;
}

/** Google's blocks, and for what jobs call a rack their parts. Undefined where the nodes tell none. */
export function gcpTopology({ machine, capacity, compact }: GcpPoolPlan): NodeTopology | undefined {
  if (!hasGceTopology(machine, { isSpot: capacity.type === "spot", compact })) return undefined;
  const { block, subblock } = gceTopologyLabels;
  return {
    name: "gce-blocks",
    levels: [zone, block, subblock, node],
    domains: { block, rack: subblock, node },
  };
}
