/** The control plane of a GKE cluster, and the keys that its secrets and its nodes' disks are kept with. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { type GcpClusterConfig, utcMoment } from "./gcp-fields.ts";
import { type ClusterEndpoint, gkeKubeconfig } from "./gcp-kubeconfig.ts";
import type { GcpNetwork } from "./gcp-network.ts";

export interface ControlPlane {
  readonly cluster: gcp.container.Cluster;
  /** Key of the nodes' disks. */
  readonly diskKey: gcp.kms.CryptoKey;
  /** Grants that must stand before a node starts from such a disk. */
  readonly diskGrant: gcp.kms.CryptoKeyIAMMember;
  readonly kubeconfig: pulumi.Output<string>;
}

/** Ninety days, in seconds. */
const rotationPeriod = "7776000s";

export function gcpControlPlane(
  name: string,
  config: GcpClusterConfig,
  parts: { readonly network: GcpNetwork; readonly nodeAccount: gcp.serviceaccount.Account },
  opts: pulumi.CustomResourceOptions,
): ControlPlane {
  const { project, region, deletionProtection } = config;
  const kept = { ...opts, protect: deletionProtection };
  const ring = new gcp.kms.KeyRing(name, { location: region }, kept);
  const key = (purpose: string, agent: string) => {
    const made = new gcp.kms.CryptoKey(
      `${name}-${purpose}`,
      { keyRing: ring.id, rotationPeriod, purpose: "ENCRYPT_DECRYPT" },
      kept,
    );
    const grant = new gcp.kms.CryptoKeyIAMMember(
      `${name}-${purpose}`,
      {
        cryptoKeyId: made.id,
        role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        member: `serviceAccount:service-${project.number}@${agent}.iam.gserviceaccount.com`,
      },
      opts,
    );
    return { made, grant };
  };
  const secrets = key("secrets", "container-engine-robot");
  const disks = key("disks", "compute-system");
  const cluster = new gcp.container.Cluster(name, clusterArgs(name, config, parts, secrets.made), {
    ...kept,
    // Nodes reach Google by the records, also while they drain.
    dependsOn: [secrets.grant, parts.network.nat, ...parts.network.apis],
    // The pool that GKE begins with lasts for minutes; what it was made of must never make a cluster anew.
    ignoreChanges: ["initialNodeCount", "nodeConfig"],
  });
  const kubeconfig = endpointOf(cluster, config).apply((endpoint) => gkeKubeconfig(name, endpoint));
  return { cluster, diskKey: disks.made, diskGrant: disks.grant, kubeconfig };
}

function clusterArgs(
  name: string,
  config: GcpClusterConfig,
  { network, nodeAccount }: Parameters<typeof gcpControlPlane>[2],
  key: gcp.kms.CryptoKey,
): gcp.container.ClusterArgs {
  const { project, region, systemPool, deletionProtection, releaseChannel, securityGroup } = config;
  return {
    name,
    location: region,
    nodeLocations: systemPool.zones,
    network: network.network.id,
    subnetwork: network.subnetwork.id,
    networkingMode: "VPC_NATIVE",
    ipAllocationPolicy: {
      clusterSecondaryRangeName: network.ranges.pods,
      servicesSecondaryRangeName: network.ranges.services,
    },
    datapathProvider: "ADVANCED_DATAPATH",
    // Cannot be switched on later, and costs nothing until a pool has such networks.
    enableMultiNetworking: true,
    enableIntranodeVisibility: true,
    // Pods of teams may ask kube-dns for names and nothing else; a cache on the node would be something else.
    dnsConfig: { clusterDns: "KUBE_DNS" },
    ...accessArgs(config),
    workloadIdentityConfig: { workloadPool: `${project.id}.svc.id.goog` },
    databaseEncryption: { state: "ENCRYPTED", keyName: key.id },
    enableShieldedNodes: true,
    enableLegacyAbac: false,
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    anonymousAuthenticationConfig: { mode: "LIMITED" },
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: false,
      enableInsecureBindingSystemUnauthenticated: false,
    },
    securityPostureConfig: { mode: "BASIC", vulnerabilityMode: "VULNERABILITY_DISABLED" },
    ...(securityGroup === undefined ? {} : { authenticatorGroupsConfig: { securityGroup } }),
    releaseChannel: { channel: releaseChannel },
    maintenancePolicy: maintenancePolicy(config.maintenance),
    loggingConfig: {
      enableComponents: ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER"],
    },
    monitoringConfig: {
      enableComponents: ["SYSTEM_COMPONENTS", "DCGM", "JOBSET"],
      managedPrometheus: { enabled: true },
    },
    costManagementConfig: { enabled: true },
    addonsConfig: {
      gcePersistentDiskCsiDriverConfig: { enabled: true },
      gcpFilestoreCsiDriverConfig: { enabled: true },
      gcsFuseCsiDriverConfig: { enabled: true },
      dnsCacheConfig: { enabled: false },
    },
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    nodeConfig: { serviceAccount: nodeAccount.email, workloadMetadataConfig: { mode: "GKE_METADATA" } },
    deletionProtection,
  };
}

function accessArgs({ controlPlane }: GcpClusterConfig) {
  const privateNodes = { enablePrivateNodes: true };
  if (controlPlane.endpoint === "dns") {
    return {
      privateClusterConfig: { ...privateNodes, enablePrivateEndpoint: true },
      controlPlaneEndpointsConfig: {
        dnsEndpointConfig: { allowExternalTraffic: true },
        ipEndpointsConfig: { enabled: false },
      },
    };
  }
  const cidrBlocks = controlPlane.authorizedNetworks.map((network) => ({
    displayName: network.name,
    cidrBlock: network.cidr,
  }));
  return {
    privateClusterConfig: { ...privateNodes, enablePrivateEndpoint: true },
    masterAuthorizedNetworksConfig: {
      cidrBlocks,
      gcpPublicCidrsAccessEnabled: false,
      privateEndpointEnforcementEnabled: true,
    },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: false },
      ipEndpointsConfig: { enabled: true },
    },
  };
}

/** Not known before the cluster's id is: no preview takes the part of it that is written for all of it. */
function endpointOf(
  cluster: gcp.container.Cluster,
  { controlPlane }: GcpClusterConfig,
): pulumi.Output<ClusterEndpoint> {
  if (controlPlane.endpoint === "dns") {
    return pulumi
      .all([cluster.id, cluster.controlPlaneEndpointsConfig])
      .apply(([_, { dnsEndpointConfig }]) => ({ host: dnsEndpointConfig.endpoint }));
  }
  return pulumi
    .all([cluster.id, cluster.endpoint, cluster.masterAuth])
    .apply(([_, host, { clusterCaCertificate }]) => ({ host, authority: clusterCaCertificate }));
}

/** A date that begins the count; the days of the week decide. */
const firstDay = "2026-01-01";

function maintenancePolicy({ days, startHour, hours, exclusions }: GcpClusterConfig["maintenance"]) {
  const start = new Date(`${firstDay}T${String(startHour).padStart(2, "0")}:00:00Z`);
  const end = new Date(start.getTime() + hours * 3_600_000);
  return {
    recurringWindow: {
      startTime: moment(start),
      endTime: moment(end),
      recurrence: `FREQ=WEEKLY;BYDAY=${days.join(",")}`,
    },
    maintenanceExclusions: exclusions.map((exclusion) => ({
      exclusionName: exclusion.name,
      startTime: utcMoment(exclusion.start),
      endTime: utcMoment(exclusion.end),
      exclusionOptions: { scope: "NO_MINOR_OR_NODE_UPGRADES" },
    })),
  };
}

function moment(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}
