import { expect, test } from "vitest";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { clusterType, makeGcpCluster, ofType } from "../../support/gcp-stack.ts";
import { record } from "../../support/record.ts";

async function build(spoil: object = {}) {
  const resources = await record(() => {
    gcpCluster("ai", { ...makeGcpCluster(), ...spoil });
  });
  const cluster = ofType(resources, clusterType)[0];
  if (!cluster) throw new Error("there is a cluster");
  return { resources, cluster };
}

test("private nodes, secrets under a key, identities of pods, no certificates or passwords", async () => {
  const { cluster } = await build();
  expect(cluster.inputs).toMatchObject({
    name: "ai",
    location: "us-central1",
    networkingMode: "VPC_NATIVE",
    datapathProvider: "ADVANCED_DATAPATH",
    enableMultiNetworking: true,
    enableIntranodeVisibility: true,
    privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
    workloadIdentityConfig: { workloadPool: "acme-ai.svc.id.goog" },
    databaseEncryption: { state: "ENCRYPTED", keyName: "ai-secrets-id" },
    enableShieldedNodes: true,
    enableLegacyAbac: false,
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    anonymousAuthenticationConfig: { mode: "LIMITED" },
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: false,
      enableInsecureBindingSystemUnauthenticated: false,
    },
    releaseChannel: { channel: "REGULAR" },
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    deletionProtection: true,
  });
  expect(cluster.inputs.nodePools).toBe(undefined);
  expect(cluster.ignoreChanges).toEqual(["initialNodeCount", "nodeConfig"]);
});

test("the key of secrets can be used before the cluster is there, and turns every ninety days", async () => {
  const { resources, cluster } = await build();
  const grants = ofType(resources, "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember");
  expect(grants.map(({ inputs }) => inputs.member)).toEqual([
    "serviceAccount:service-123456789012@compute-system.iam.gserviceaccount.com",
    "serviceAccount:service-123456789012@container-engine-robot.iam.gserviceaccount.com",
  ]);
  expect(cluster.dependsOn).toContain("ai-secrets");
  const keys = ofType(resources, "gcp:kms/cryptoKey:CryptoKey");
  expect(keys.map(({ name, inputs }) => [name, inputs.rotationPeriod])).toEqual([
    ["ai-disks", "7776000s"],
    ["ai-secrets", "7776000s"],
  ]);
});

test("by default the control plane has no address, only a name behind IAM", async () => {
  const { cluster } = await build();
  expect(cluster.inputs.controlPlaneEndpointsConfig).toEqual({
    dnsEndpointConfig: { allowExternalTraffic: true },
    ipEndpointsConfig: { enabled: false },
  });
  expect(cluster.inputs.masterAuthorizedNetworksConfig).toBe(undefined);
});

test("a private endpoint answers the networks that are named", async () => {
  const authorizedNetworks = [{ name: "office", cidr: "10.200.0.0/24" }];
  const { cluster } = await build({ controlPlane: { endpoint: "private", authorizedNetworks } });
  expect(cluster.inputs).toMatchObject({
    masterAuthorizedNetworksConfig: {
      cidrBlocks: [{ displayName: "office", cidrBlock: "10.200.0.0/24" }],
      gcpPublicCidrsAccessEnabled: false,
      privateEndpointEnforcementEnabled: true,
    },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: false },
      ipEndpointsConfig: { enabled: true },
    },
  });
});

test("upgrades keep to the window, and out of the weeks that are excluded", async () => {
  const exclusions = [{ name: "run", start: "2027-01-01T00:00:00Z", end: "2027-02-01T00:00:00Z" }];
  const { cluster } = await build({
    maintenance: { days: ["FR", "SA"], startHour: 22, hours: 6, exclusions },
  });
  expect(cluster.inputs.maintenancePolicy).toEqual({
    recurringWindow: {
      startTime: "2026-01-01T22:00:00Z",
      endTime: "2026-01-02T04:00:00Z",
      recurrence: "FREQ=WEEKLY;BYDAY=FR,SA",
    },
    maintenanceExclusions: [
      {
        exclusionName: "run",
        startTime: "2027-01-01T00:00:00Z",
        endTime: "2027-02-01T00:00:00Z",
        exclusionOptions: { scope: "NO_MINOR_OR_NODE_UPGRADES" },
      },
    ],
  });
});

test("people of a group may be named in rights", async () => {
  const { cluster } = await build({ securityGroup: "gke-security-groups@acme.com" });
  expect(cluster.inputs.authenticatorGroupsConfig).toEqual({ securityGroup: "gke-security-groups@acme.com" });
});
