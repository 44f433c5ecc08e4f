import { expect, test } from "vitest";
import { gcpClusterConfig, utcMoment } from "../../../components/cluster/gcp-fields.ts";
import { makeGcpCluster } from "../../support/gcp-stack.ts";

test("a cluster is private, kept and upgraded at weekends unless it says otherwise", () => {
  expect(gcpClusterConfig.parse(makeGcpCluster())).toEqual({
    project: { id: "acme-ai", number: "123456789012" },
    region: "us-central1",
    network: { nodes: "10.0.0.0/20", pods: "10.64.0.0/12", services: "10.96.0.0/20" },
    controlPlane: { endpoint: "dns" },
    releaseChannel: "REGULAR",
    maintenance: { days: ["SA", "SU"], startHour: 2, hours: 8, exclusions: [] },
    systemPool: {
      machine: "e2-standard-8",
      zones: ["us-central1-a", "us-central1-b"],
      minNodesPerZone: 1,
      maxNodesPerZone: 3,
    },
    gpuProfile: "managed",
    deletionProtection: true,
    quotas: [],
    registries: [],
  });
});

test.each([
  {
    case: "a project without its number",
    spoil: { project: { id: "acme-ai" } },
    want: ["project", "number"],
  },
  {
    case: "an endpoint for everybody",
    spoil: { controlPlane: { endpoint: "public" } },
    want: ["controlPlane", "endpoint"],
  },
  {
    case: "a private endpoint for nobody",
    spoil: { controlPlane: { endpoint: "private", authorizedNetworks: [] } },
    want: ["controlPlane", "authorizedNetworks"],
  },
  { case: "no channel of releases", spoil: { releaseChannel: "UNSPECIFIED" }, want: ["releaseChannel"] },
  { case: "another group", spoil: { securityGroup: "admins@acme.com" }, want: ["securityGroup"] },
  {
    case: "an account that pays, mistyped",
    spoil: { budget: { billingAccount: "012345", usdPerMonth: 1 } },
    want: ["budget", "billingAccount"],
  },
  { case: "charts over plain HTTP", spoil: { chartMirror: "http://charts.acme.com" }, want: ["chartMirror"] },
])("$case is refused", ({ spoil, want }) => {
  const { error } = gcpClusterConfig.safeParse({ ...makeGcpCluster(), ...spoil });
  expect(error?.issues.map(({ path }) => path)).toEqual([want]);
});

test("a moment may come as the engine writes it, without the quotes of a stack file", () => {
  const exclusion = { name: "run", start: "2027-01-01 00:00:00 +0000 UTC", end: "2027-02-01T00:00:00Z" };
  const { maintenance } = gcpClusterConfig.parse({
    ...makeGcpCluster(),
    maintenance: { exclusions: [exclusion] },
  });
  expect(maintenance.exclusions.map(({ start, end }) => [utcMoment(start), utcMoment(end)])).toEqual([
    ["2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"],
  ]);
});
