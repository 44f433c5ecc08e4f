/** The network of an EKS cluster: private nodes over several zones, AWS's services without the internet. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { awsEndpoints } from "../catalogue/eks.ts";
import { parseConfig } from "../config.ts";
import { type ZoneRanges, zoneRanges } from "../planning/subnets.ts";
import { zoneName } from "./aws-pool.ts";
import { awsRegion } from "./aws-region.ts";

export const awsNetworkFields = {
  /** Its zones; three at least, so that the control plane outlives one. A new one moves no other. */
  zones: z.array(zoneName).min(3).max(6),
  /** Addresses of the whole network, a private /16. Default: 10.0.0.0/16. */
  network: z
    .string()
    .regex(
      /^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.0\.0\/16$/,
      "a private network of this size, such as 10.20.0.0/16",
    )
    .default("10.0.0.0/16"),
};

const awsNetworkConfig = z.strictObject({ region: awsRegion, ...awsNetworkFields });

export interface AwsNetworkArgs extends z.input<typeof awsNetworkConfig> {
  provider: aws.Provider;
}

/** Subnets of one zone. */
export interface ZoneSubnets {
  readonly zone: string;
  readonly nodes: aws.ec2.Subnet;
  readonly services: aws.ec2.Subnet;
}

export class AwsNetwork extends pulumi.ComponentResource {
  readonly vpc: aws.ec2.Vpc;
  /** By zone, in the order in which they are written. */
  readonly zones: readonly ZoneSubnets[];
  /** Networks in which AWS's services answer. */
  readonly serviceCidrs: readonly string[];

  constructor(name: string, args: AwsNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const { provider, ...input } = args;
    const { zones, network, region } = parseConfig(awsNetworkConfig, input, `AwsNetwork "${name}"`);
    super("plinth:cluster:AwsNetwork", name, {}, opts);
    const own = { parent: this, provider };

    const tags = { Name: name };
    const vpcArgs = { cidrBlock: network, enableDnsHostnames: true, enableDnsSupport: true, tags };
    this.vpc = new aws.ec2.Vpc(name, vpcArgs, own);
    const gateway = new aws.ec2.InternetGateway(name, { vpcId: this.vpc.id, tags }, own);
    const outside = new aws.ec2.RouteTable(`${name}-public`, { vpcId: this.vpc.id, tags }, own);
    route(`${name}-public`, outside, { gatewayId: gateway.id }, own);

    const ranges = zones.map((zone) => zoneRanges(network, zone));
    const made = ranges.map((range) => ({
      zone: range.zone,
      ...this.zone(name, range, { gateway, outside }, own),
    }));
    this.zones = made.map(({ subnets }) => subnets);
    this.serviceCidrs = ranges.toSorted(byZone).map(({ services }) => services);
    const tables = made.toSorted(byZone).map(({ table }) => table.id);
    this.endpoints(name, region, network, tables, own);
    this.registerOutputs({ vpc: this.vpc.id });
  }

  /** A zone has its own way out: none of them waits for another's gateway, or pays for traffic to it. */
  private zone(
    name: string,
    { zone, ...ranges }: ZoneRanges,
    { gateway, outside }: { gateway: aws.ec2.InternetGateway; outside: aws.ec2.RouteTable },
    own: pulumi.CustomResourceOptions,
  ): { subnets: ZoneSubnets; table: aws.ec2.RouteTable } {
    const subnet = (kind: "nodes" | "public" | "services") =>
      new aws.ec2.Subnet(
        `${name}-${kind}-${zone}`,
        {
          vpcId: this.vpc.id,
          availabilityZone: zone,
          cidrBlock: ranges[kind],
          tags: { Name: `${name}-${kind}-${zone}`, ...balancerTags[kind] },
        },
        own,
      );
    const [nodes, open, services] = [subnet("nodes"), subnet("public"), subnet("services")];
    join(`${name}-public-${zone}`, open, outside, own);

    const tags = { Name: `${name}-${zone}` };
    // A gateway of a zone whose network has none itself fails.
    const later = { ...own, dependsOn: [gateway] };
    const address = new aws.ec2.Eip(`${name}-${zone}`, { domain: "vpc", tags }, later);
    const exit = new aws.ec2.NatGateway(
      `${name}-${zone}`,
      { subnetId: open.id, allocationId: address.id, tags },
      later,
    );
    const table = new aws.ec2.RouteTable(`${name}-${zone}`, { vpcId: this.vpc.id, tags }, own);
    route(`${name}-${zone}`, table, { natGatewayId: exit.id }, own);
    join(`${name}-nodes-${zone}`, nodes, table, own);
    return { subnets: { zone, nodes, services }, table };
  }

  /** S3 answers inside as well: a policy for pods can name its addresses, as it cannot those outside. */
  private endpoints(
    name: string,
    region: string,
    network: string,
    tables: readonly pulumi.Output<string>[],
    own: pulumi.CustomResourceOptions,
  ): void {
    const vpcId = this.vpc.id;
    const description = "AWS's services, for everything in the network";
    const group = new aws.ec2.SecurityGroup(`${name}-services`, { vpcId, description }, own);
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-services`,
      { securityGroupId: group.id, cidrIpv4: network, ipProtocol: "tcp", fromPort: 443, toPort: 443 },
      own,
    );
    const subnetIds = this.zones.toSorted(byZone).map(({ services }) => services.id);
    const serviceName = (service: string) => `com.amazonaws.${region}.${service}`;
    const gateway = new aws.ec2.VpcEndpoint(
      `${name}-s3-gateway`,
      { vpcId, vpcEndpointType: "Gateway", serviceName: serviceName("s3"), routeTableIds: [...tables] },
      own,
    );
    for (const service of [...awsEndpoints.services, "s3"]) {
      new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId,
          vpcEndpointType: "Interface",
          serviceName: serviceName(service),
          privateDnsEnabled: true,
          subnetIds,
          securityGroupIds: [group.id],
          ...(service === "s3" ? { dnsOptions: { privateDnsOnlyForInboundResolverEndpoint: false } } : {}),
        },
        // Private names of S3 are only given where a gateway is.
        { ...own, dependsOn: [gateway] },
      );
    }
  }
}

/** Zones may be written in any order. */
function byZone(one: { readonly zone: string }, other: { readonly zone: string }): number {
  return one.zone.localeCompare(other.zone);
}

/** Labels by which AWS's load balancer controller chooses subnets. */
const balancerTags: Readonly<Record<"nodes" | "public" | "services", Record<string, string>>> = {
  nodes: { "kubernetes.io/role/internal-elb": "1" },
  public: { "kubernetes.io/role/elb": "1" },
  services: {},
};

function route(
  name: string,
  table: aws.ec2.RouteTable,
  target: Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId">,
  opts: pulumi.CustomResourceOptions,
): void {
  const args = { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target };
  new aws.ec2.Route(name, args, opts);
}

function join(
  name: string,
  subnet: aws.ec2.Subnet,
  table: aws.ec2.RouteTable,
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.ec2.RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: table.id }, opts);
}
