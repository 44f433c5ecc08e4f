/** Words that the clouds' APIs take where their SDKs for Pulumi say no more than that it is a string. */

/** Of EKS and EC2; test/vendors compares each list with the vendor's own client. */
export const eksEnums = {
  /** capacityType of a node group. */
  capacityTypes: ["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"],
  /** effect of a node group's taint; Kubernetes itself writes NoSchedule. */
  taintEffects: ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"],
  /** marketType of a launch template. */
  marketTypes: ["spot", "capacity-block"],
  /** interfaceType of a launch template's network interfaces, beside "interface". */
  interfaceTypes: ["efa", "efa-only"],
  /** strategy of a placement group. */
  placementStrategies: ["cluster", "partition", "spread"],
} as const;

/** Of GKE's node pools. */
export const gkeEnums = {
  gpuDriverVersions: ["INSTALLATION_DISABLED", "DEFAULT", "LATEST"],
  gpuSharingStrategies: ["TIME_SHARING", "MPS"],
  /** consumeReservationType of a node pool's reservation affinity. */
  reservationTypes: ["NO_RESERVATION", "ANY_RESERVATION", "SPECIFIC_RESERVATION"],
  taintEffects: ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"],
  /** type of a node pool's placement policy. */
  placementTypes: ["COMPACT"],
  gpuDirectStrategies: ["RDMA"],
  /** SHORT_LIVED is for nodes that end by themselves after their time. */
  upgradeStrategies: ["SURGE", "BLUE_GREEN", "SHORT_LIVED"],
  /** mode of a node pool's workload metadata. */
  workloadMetadataModes: ["GKE_METADATA"],
} as const;
