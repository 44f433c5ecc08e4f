import { expect, test } from "vitest";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { makeGcpCluster, ofType } from "../../support/gcp-stack.ts";
import { record } from "../../support/record.ts";

const build = (spoil: object = {}) =>
  record(() => {
    gcpCluster("ai", { ...makeGcpCluster(), ...spoil });
  });

test("one subnet with ranges for pods and Services, whose traffic is logged", async () => {
  const resources = await build();
  expect(ofType(resources, "gcp:compute/network:Network")[0]?.inputs).toEqual({
    autoCreateSubnetworks: false,
    routingMode: "REGIONAL",
    mtu: 8896,
    description: "Of the cluster ai",
  });
  expect(ofType(resources, "gcp:compute/subnetwork:Subnetwork")[0]?.inputs).toEqual({
    network: "ai-id",
    region: "us-central1",
    ipCidrRange: "10.0.0.0/20",
    privateIpGoogleAccess: true,
    secondaryIpRanges: [
      { rangeName: "pods", ipCidrRange: "10.64.0.0/12" },
      { rangeName: "services", ipCidrRange: "10.96.0.0/20" },
    ],
    logConfig: {
      aggregationInterval: "INTERVAL_10_MIN",
      flowSampling: 0.5,
      metadata: "INCLUDE_ALL_METADATA",
    },
  });
});

test("one way out, of this subnet alone", async () => {
  const [nat] = ofType(await build(), "gcp:compute/routerNat:RouterNat");
  expect(nat?.inputs).toMatchObject({
    natIpAllocateOption: "AUTO_ONLY",
    sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
    subnetworks: [{ name: "ai-id", sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
  });
});

test("Google's APIs have addresses that never change", async () => {
  const records = ofType(await build(), "gcp:dns/recordSet:RecordSet");
  expect(records.map(({ inputs }) => [inputs.name, inputs.type, inputs.rrdatas])).toEqual([
    ["private.googleapis.com.", "A", ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"]],
    ["*.googleapis.com.", "CNAME", ["private.googleapis.com."]],
  ]);
});

test("what a cluster stands on is kept, unless the stack may go", async () => {
  const kept = async (spoil: object) =>
    (await build(spoil))
      .filter(({ type }) => /compute.*:(Network|Subnetwork)$/.test(type))
      .map(({ protect }) => protect);
  expect(await kept({})).toEqual([true, true]);
  expect(await kept({ deletionProtection: false })).toEqual([false, false]);
});

test("the state remembers the addresses that the network was made with", async () => {
  const [fixed] = ofType(await build(), "plinth:cluster:FixedSettings");
  expect(fixed?.inputs).toEqual({
    "project.id": "acme-ai",
    region: "us-central1",
    "network.nodes": "10.0.0.0/20",
    "network.pods": "10.64.0.0/12",
    "network.services": "10.96.0.0/20",
  });
});
