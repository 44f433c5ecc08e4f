/** Storage classes of a GKE cluster: disks of one pod, and files that many pods share. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { GcpNetwork } from "./gcp-network.ts";

/** Names of the classes, which claims of volumes give. */
export const gcpClasses = {
  /** A disk of one pod; GKE's own, which waits for the node of the pod. */
  disk: "standard-rwo",
  /** Files of Filestore, shared by pods of all zones of a region. */
  shared: "plinth-shared",
  /** The same in one zone, faster. */
  fastShared: "plinth-shared-fast",
} as const;

/** GKE's own classes of Filestore look for the network "default", which this cluster is not in. */
export function sharedClasses(
  { network }: GcpNetwork,
  opts: pulumi.CustomResourceOptions,
): k8s.storage.v1.StorageClass[] {
  const tiers = { [gcpClasses.shared]: "enterprise", [gcpClasses.fastShared]: "zonal" };
  return Object.entries(tiers).map(
    ([name, tier]) =>
      new k8s.storage.v1.StorageClass(
        name,
        {
          metadata: { name },
          provisioner: "filestore.csi.storage.gke.io",
          parameters: { tier, network: network.name, "connect-mode": "DIRECT_PEERING" },
          volumeBindingMode: "WaitForFirstConsumer",
          allowVolumeExpansion: true,
          // What a claim held outlives it until somebody says otherwise.
          reclaimPolicy: "Retain",
        },
        { ...opts, deleteBeforeReplace: true },
      ),
  );
}
