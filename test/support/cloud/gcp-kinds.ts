/** What the provider of Google Cloud replaces, names and tells, of the kinds that a stack has. */
import type { Cloud, Invented, Kind } from "./kinds.ts";

/**
 * Replacements: ForceNew in hashicorp/terraform-provider-google, google/services/*; the node pool at 069a33d,
 * its node's configuration at 00b984c, others as its documentation says. Where versions differ the stricter
 * one stands here: of a node's accelerators everything, the driver's version too.
 */
const kinds: Readonly<Record<string, Kind>> = {
  "gcp:artifactregistry/repository:Repository": {
    replacedBy: ["repositoryId", "location", "format", "mode", "kmsKeyName", "project"],
  },
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": {
    replacedBy: ["repository", "location", "role", "member", "condition"],
  },
  "gcp:billing/budget:Budget": { replacedBy: ["billingAccount"] },
  "gcp:compute/network:Network": {
    replacedBy: ["name", "autoCreateSubnetworks", "description", "networkProfile", "project"],
    named: "name",
  },
  "gcp:compute/router:Router": { replacedBy: ["name", "network", "region", "project"], named: "name" },
  "gcp:compute/routerNat:RouterNat": {
    replacedBy: ["name", "router", "region", "type", "endpointTypes", "project"],
    named: "name",
  },
  "gcp:compute/subnetwork:Subnetwork": {
    replacedBy: ["name", "network", "region", "ipCidrRange", "purpose", "description", "project"],
    named: "name",
  },
  "gcp:container/cluster:Cluster": {
    replacedBy: [
      "name",
      "location",
      "project",
      "description",
      "network",
      "subnetwork",
      "networkingMode",
      "ipAllocationPolicy",
      "datapathProvider",
      "enableMultiNetworking",
      "initialNodeCount",
      "nodeConfig",
      "nodePools",
      "dnsConfig",
      "masterAuth.clientCertificateConfig",
      "privateClusterConfig.privateEndpointSubnetwork",
      "enableAutopilot",
      "enableKubernetesAlpha",
      "enableTpu",
      "defaultMaxPodsPerNode",
      "confidentialNodes",
    ],
    named: "name",
    id: "name",
  },
  "gcp:container/nodePool:NodePool": {
    replacedBy: [
      "name",
      "namePrefix",
      "cluster",
      "location",
      "project",
      "initialNodeCount",
      "maxPodsPerNode",
      "placementPolicy",
      "queuedProvisioning",
      "networkConfig.acceleratorNetworkProfile",
      "networkConfig.podRange",
      "networkConfig.subnetwork",
      ...[
        "guestAccelerators",
        "localSsdCount",
        "localNvmeSsdBlockConfig",
        "ephemeralStorageLocalSsdConfig",
        "secondaryBootDisks",
        "gcfsConfig",
        "gvnic",
        "metadata",
        "minCpuPlatform",
        "oauthScopes",
        "preemptible",
        "spot",
        "flexStart",
        "maxRunDuration",
        "reservationAffinity",
        "serviceAccount",
        "shieldedInstanceConfig",
        "bootDiskKmsKey",
      ].map((field) => `nodeConfig.${field}`),
    ],
    named: "name",
    id: "name",
  },
  "gcp:dns/managedZone:ManagedZone": {
    replacedBy: ["name", "dnsName", "visibility", "project"],
    named: "name",
  },
  "gcp:dns/recordSet:RecordSet": { replacedBy: ["managedZone", "name", "type", "project"] },
  "gcp:kms/cryptoKey:CryptoKey": { replacedBy: ["name", "keyRing", "purpose"], named: "name" },
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": {
    replacedBy: ["cryptoKeyId", "role", "member", "condition"],
  },
  "gcp:kms/keyRing:KeyRing": { replacedBy: ["name", "location", "project"], named: "name" },
  "gcp:monitoring/notificationChannel:NotificationChannel": { replacedBy: ["project"] },
  "gcp:projects/iAMMember:IAMMember": { replacedBy: ["project", "role", "member", "condition"] },
  "gcp:serviceaccount/account:Account": { replacedBy: ["accountId", "project"] },
  "gcp:storage/bucket:Bucket": {
    replacedBy: ["name", "location", "project", "enableObjectRetention", "hierarchicalNamespace"],
    named: "name",
    id: "name",
  },
  "gcp:storage/bucketIAMMember:BucketIAMMember": { replacedBy: ["bucket", "role", "member", "condition"] },
  // Of one bucket, as every stack has it, two cannot have one name.
  "gcp:storage/managedFolder:ManagedFolder": { replacedBy: ["bucket", "name"], id: "name" },
  "gcp:storage/managedFolderIamMember:ManagedFolderIamMember": {
    replacedBy: ["bucket", "managedFolder", "role", "member", "condition"],
  },
};

export const gcpCloud: Cloud = {
  kinds,
  inventions: [
    [/^selfLink$/, ({ token, id }) => `https://www.googleapis.com/${token}/${id}`],
    [/^email$/, ({ inputs }) => `${inputs.accountId}@acme-ai.iam.gserviceaccount.com`],
    [/^(effectiveLabels|pulumiLabels)$/, ({ inputs }: Invented) => inputs.labels ?? {}],
  ],
  functions: {},
};
