/** The platform on Google Cloud: a private GKE cluster, its pools, and buckets for models and data. */
import * as pulumi from "@pulumi/pulumi";
import { gcpClusterFields } from "../components/cluster/gcp-fields.ts";
import { gcpPool } from "../components/cluster/gcp-pool.ts";
import { gcpPlaceWarnings } from "../components/cluster/gcp-rules.ts";
import { type GcpClusterArgs, gcpCluster, gcsStore, NodePool } from "../components/index.ts";
import type { StackSecrets } from "./config.ts";
import type { GcpStack } from "./gcp-config.ts";
import type { StackOutputs } from "./outputs.ts";
import { platform } from "./platform.ts";

export function gcp(config: GcpStack, secrets: StackSecrets = {}): StackOutputs {
  const { name, objectStore, project, region, deletionProtection } = config;
  const cluster = gcpCluster(name, clusterArgs(config));
  const pools = config.pools.map((entry) => {
    const { name: pool, ...args } = entry;
    return new NodePool(pool, { cluster, ...args });
  });
  for (const warning of gcpPlaceWarnings(config.pools.map((entry) => gcpPool.parse(entry))))
    pulumi.log.warn(warning);
  const { cloud } = cluster;
  const store = objectStore && gcsStore(name, { cloud, project, region, deletionProtection, ...objectStore });
  const outputs = platform(cluster, pools, { ...config, objectStore: undefined }, secrets, store);
  return { ...outputs, registries: cluster.mirrors };
}

/** The cluster's own part of the stack file. */
function clusterArgs(config: GcpStack): GcpClusterArgs {
  const own = Object.entries(config).filter(([key]) => key in gcpClusterFields);
  return Object.fromEntries(own) as GcpClusterArgs;
}
