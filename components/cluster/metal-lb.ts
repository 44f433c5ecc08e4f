/** Load balancers without a cloud: MetalLB answers for addresses of the site's own network. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { metalLbClass } from "../catalogue/labels.ts";
import { parseConfig } from "../config.ts";
import type { Cluster } from "./contract.ts";

const part = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const address = `${part}(\\.${part}){3}`;

/** Fields of the section, also used by the stack file. */
export const metalLbFields = {
  /** Addresses that nobody else in the network has: networks, or first and last of a range. */
  addresses: z
    .array(
      z
        .string()
        .regex(
          new RegExp(`^${address}(\\/(3[0-2]|[12]?\\d)|-${address})$`),
          "IPv4 addresses: 10.0.0.0/28, or 10.0.0.10-10.0.0.20",
        ),
    )
    .min(1)
    .max(20),
};

const metalLbConfig = z.strictObject(metalLbFields);

export interface MetalLbArgs extends z.input<typeof metalLbConfig> {
  cluster: Cluster;
}

const namespace = "metallb-system";
const poolName = "plinth";

export class MetalLb extends pulumi.ComponentResource {
  /** Class that a Service of type LoadBalancer names to get one of the addresses. */
  readonly loadBalancerClass: string;

  constructor(name: string, args: MetalLbArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, ...input } = args;
    const { addresses } = parseConfig(metalLbConfig, input, `MetalLb "${name}"`);
    super("plinth:cluster:MetalLb", name, {}, { ...opts, provider: cluster.provider });

    this.loadBalancerClass = metalLbClass;
    const release = cluster.install(
      name,
      { chart: "metallb", namespace, values: metalLbValues },
      { parent: this },
    );
    const options = { parent: this, dependsOn: [release], deleteBeforeReplace: true };
    const metadata = { name: poolName, namespace };
    const apiVersion = "metallb.io/v1beta1";
    const pool = new k8s.apiextensions.CustomResource(
      `${name}-addresses`,
      { apiVersion, kind: "IPAddressPool", metadata, spec: { addresses: [...addresses] } },
      options,
    );
    new k8s.apiextensions.CustomResource(
      `${name}-advertisement`,
      { apiVersion, kind: "L2Advertisement", metadata, spec: { ipAddressPools: [poolName] } },
      { ...options, dependsOn: [pool] },
    );
    this.registerOutputs({ loadBalancerClass: this.loadBalancerClass });
  }
}

/**
 * Addresses are announced in the network itself, without BGP and its routers. Services that name no class,
 * or another one, are left to whoever serves them now. Format: metallb/metallb, charts/metallb/values.yaml
 * @017774f.
 */
const metalLbValues = {
  loadBalancerClass: metalLbClass,
  speaker: { frr: { enabled: false } },
  frrk8s: { enabled: false },
};
