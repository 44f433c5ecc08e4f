/** The platform on AWS: a network, EKS in it, pools of EC2 machines, buckets and file systems. */
import { Provider } from "@pulumi/aws";
import { clusterTag } from "../components/catalogue/eks.ts";
import {
  AwsSharedVolumes,
  AwsStore,
  awsBudget,
  awsCluster,
  imageCache,
  NodePool,
} from "../components/index.ts";
import type { AwsStack } from "./aws-config.ts";
import type { StackSecrets } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { platform } from "./platform.ts";

export function aws(config: AwsStack, secrets: StackSecrets = {}): StackOutputs {
  const { account, region, cluster: name, zones, network, ...rest } = config.aws;
  const { buckets, sharedVolumes, imageCaches, budget, ...controlPlane } = rest;
  const defaultTags = { tags: { [clusterTag]: name } };
  const provider = new Provider("aws", { region, allowedAccountIds: [account], defaultTags });
  const { chartMirror } = config;
  const cluster = awsCluster(name, {
    provider,
    region,
    chartMirror,
    network: { zones, network },
    controlPlane,
  });
  const pools = config.pools.map(({ name: pool, ...fields }) => new NodePool(pool, { cluster, ...fields }));
  for (const registry of imageCaches) imageCache(cluster, registry);
  if (budget) awsBudget(name, budget, { provider });
  if (sharedVolumes) new AwsSharedVolumes(name, { cluster, ...sharedVolumes });
  const place = { provider, region, cluster: cluster.controlPlane.cluster.name };
  const cidrs = cluster.network.serviceCidrs;
  const store = buckets && new AwsStore(name, { ...place, cidrs, ...buckets });
  return platform(cluster, pools, config, secrets, store);
}
