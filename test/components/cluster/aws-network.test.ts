import { Provider } from "@pulumi/aws";
import { expect, test } from "vitest";
import { awsEndpoints } from "../../../components/catalogue/eks.ts";
import { AwsNetwork, type AwsNetworkArgs } from "../../../components/index.ts";
import { zones } from "../../support/aws-cluster.ts";
import { type Registration, record } from "../../support/record.ts";

async function build(edit: Partial<AwsNetworkArgs> = {}) {
  return record(() => {
    const provider = new Provider("aws", { region: "us-east-1" });
    new AwsNetwork("main", { provider, region: "us-east-1", zones, ...edit });
  });
}

const ofType = (resources: Registration[], type: string) =>
  resources.filter((resource) => resource.type.endsWith(`:${type}`));

test("three zones, each with its own subnets and its own way out", async () => {
  const resources = await build({ network: "10.20.0.0/16" });
  const subnets = ofType(resources, "Subnet").map(({ name, inputs }) => [name, inputs.cidrBlock]);
  expect(subnets).toEqual([
    ["main-nodes-us-east-1a", "10.20.0.0/19"],
    ["main-nodes-us-east-1b", "10.20.32.0/19"],
    ["main-nodes-us-east-1c", "10.20.64.0/19"],
    ["main-public-us-east-1a", "10.20.224.0/24"],
    ["main-public-us-east-1b", "10.20.225.0/24"],
    ["main-public-us-east-1c", "10.20.226.0/24"],
    ["main-services-us-east-1a", "10.20.240.0/24"],
    ["main-services-us-east-1b", "10.20.241.0/24"],
    ["main-services-us-east-1c", "10.20.242.0/24"],
  ]);
  const exits = ofType(resources, "NatGateway").map(({ inputs }) => inputs.subnetId);
  expect(exits).toEqual(zones.map((zone) => `main-public-${zone}-id`));
  const routes = ofType(resources, "Route").map(({ inputs }) => [
    inputs.routeTableId,
    inputs.natGatewayId ?? inputs.gatewayId,
  ]);
  expect(routes).toEqual([
    ["main-public-id", "main-id"],
    ...zones.map((zone) => [`main-${zone}-id`, `main-${zone}-id`]),
  ]);
});

test("nodes have no address on the internet", async () => {
  const subnets = ofType(await build(), "Subnet");
  expect(subnets.filter(({ inputs }) => inputs.mapPublicIpOnLaunch)).toEqual([]);
  const tables = ofType(await build(), "RouteTableAssociation")
    .filter(({ inputs }) => inputs.routeTableId === "main-public-id")
    .map(({ inputs }) => inputs.subnetId);
  expect(tables).toEqual(zones.map((zone) => `main-public-${zone}-id`));
});

test("AWS's services answer in the network, S3 both ways", async () => {
  const endpoints = ofType(await build(), "VpcEndpoint");
  const inside = endpoints.filter(({ inputs }) => inputs.vpcEndpointType === "Interface");
  expect(inside.map(({ inputs }) => inputs.serviceName).sort()).toEqual(
    [...awsEndpoints.services, "s3"].map((service) => `com.amazonaws.us-east-1.${service}`).sort(),
  );
  for (const { inputs } of inside) {
    expect(inputs).toMatchObject({
      privateDnsEnabled: true,
      subnetIds: zones.map((zone) => `main-services-${zone}-id`),
      securityGroupIds: ["main-services-id"],
    });
  }
  const [gateway] = endpoints.filter(({ inputs }) => inputs.vpcEndpointType === "Gateway");
  expect(gateway?.inputs).toMatchObject({
    serviceName: "com.amazonaws.us-east-1.s3",
    routeTableIds: zones.map((zone) => `main-${zone}-id`),
  });
});

test("a fourth zone changes nothing of the three", async () => {
  const before = await build();
  const after = await build({ zones: [...zones, "us-east-1d"] });
  const kept = after.filter(({ type, name }) => before.some((old) => old.type === type && old.name === name));
  const changed = kept.filter(
    ({ type, name, inputs }) =>
      JSON.stringify(before.find((old) => old.type === type && old.name === name)?.inputs) !==
      JSON.stringify(inputs),
  );
  // Services get an address in the new zone, which an endpoint takes without being replaced.
  expect([...new Set(changed.map(({ type }) => type))]).toEqual(["aws:ec2/vpcEndpoint:VpcEndpoint"]);
  expect(kept.length).toBe(before.length);
});

test("everything is the component's, and made by its provider", async () => {
  const children = (await build()).filter(({ type }) => type.startsWith("aws:"));
  expect([...new Set(children.map(({ parent }) => parent))]).toEqual(["plinth:cluster:AwsNetwork main"]);
  expect([...new Set(children.map(({ provider }) => provider))]).toEqual(["aws"]);
});

test.each([
  { case: "two zones", edit: { zones: zones.slice(1) } },
  { case: "addresses of the internet", edit: { network: "8.8.0.0/16" } },
  { case: "a region of another partition", edit: { region: "cn-north-1" } },
  { case: "another size", edit: { network: "10.0.0.0/20" } },
])("refused: $case", async ({ edit }) => {
  await expect(build(edit)).rejects.toThrow('AwsNetwork "main": 1 problem');
});
