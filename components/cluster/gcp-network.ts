/** The network of a GKE cluster: nodes without addresses outside, and one way out. */
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { googleEndpoints } from "../catalogue/gke.ts";
import type { GcpClusterConfig } from "./gcp-fields.ts";

export interface GcpNetwork {
  readonly network: gcp.compute.Network;
  readonly subnetwork: gcp.compute.Subnetwork;
  /** Names of the subnet's further ranges. */
  readonly ranges: { readonly pods: string; readonly services: string };
  /** The way out, without which no node gets its images. */
  readonly nat: gcp.compute.RouterNat;
  /** What Google's APIs are found by. */
  readonly apis: readonly pulumi.Resource[];
}

type NetworkConfig = Pick<GcpClusterConfig, "region" | "network" | "deletionProtection">;

/** Nothing of it is touched before `checked` is known. */
export function gcpNetwork(
  name: string,
  { region, network: ranges, deletionProtection }: NetworkConfig,
  checked: pulumi.Output<unknown>,
  opts: pulumi.CustomResourceOptions,
): GcpNetwork {
  const kept = { ...opts, protect: deletionProtection };
  const network = new gcp.compute.Network(
    name,
    {
      autoCreateSubnetworks: false,
      routingMode: "REGIONAL",
      mtu: 8896,
      description: checked.apply(() => `Of the cluster ${name}`),
    },
    kept,
  );
  const names = { pods: "pods", services: "services" };
  const subnetwork = new gcp.compute.Subnetwork(
    name,
    {
      network: network.id,
      region,
      ipCidrRange: ranges.nodes,
      privateIpGoogleAccess: true,
      secondaryIpRanges: [
        { rangeName: names.pods, ipCidrRange: ranges.pods },
        { rangeName: names.services, ipCidrRange: ranges.services },
      ],
      logConfig: {
        aggregationInterval: "INTERVAL_10_MIN",
        flowSampling: 0.5,
        metadata: "INCLUDE_ALL_METADATA",
      },
    },
    kept,
  );
  const router = new gcp.compute.Router(name, { network: network.id, region }, opts);
  const nat = new gcp.compute.RouterNat(
    name,
    {
      router: router.name,
      region,
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ name: subnetwork.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
      // Many pods of a node fetch from one registry at once.
      enableDynamicPortAllocation: true,
      minPortsPerVm: 64,
      maxPortsPerVm: 4096,
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    },
    opts,
  );
  const apis = privateApis(name, network, opts);
  return { network, subnetwork, ranges: names, nat, apis };
}

/** Google's APIs by addresses that never change: what teams may reach can be written down. */
function privateApis(
  name: string,
  network: gcp.compute.Network,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const zone = new gcp.dns.ManagedZone(
    `${name}-googleapis`,
    {
      dnsName: "googleapis.com.",
      description: `Google's APIs, as the cluster ${name} reaches them`,
      visibility: "private",
      privateVisibilityConfig: { networks: [{ networkUrl: network.id }] },
    },
    opts,
  );
  const { hosts } = googleEndpoints;
  const records = {
    "private.googleapis.com.": { type: "A", rrdatas: [...hosts] },
    "*.googleapis.com.": { type: "CNAME", rrdatas: ["private.googleapis.com."] },
  };
  return Object.entries(records).map(
    ([host, record]) =>
      new gcp.dns.RecordSet(
        `${name}-googleapis-${record.type.toLowerCase()}`,
        { managedZone: zone.name, name: host, ttl: 300, ...record },
        opts,
      ),
  );
}
