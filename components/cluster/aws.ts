/** The cluster contract on AWS: EKS with managed node groups, in a network of its own. */
import type * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { awsMachines } from "../catalogue/aws-machines.ts";
import { platformLabels } from "../catalogue/labels.ts";
import { eksGpuImages } from "../catalogue/node-images.ts";
import { refuse } from "../config.ts";
import type { AccountPool } from "../planning/aws-account.ts";
import { awsPoolWarnings } from "../planning/aws-pool.ts";
import { isClaimed } from "../planning/claims.ts";
import { awsTopology } from "../planning/cloud-topology.ts";
import { devicesProblems } from "../planning/compatibility.ts";
import { releaseProblems } from "../planning/node-release.ts";
import { nodeDevices, poolDevices } from "../planning/sharing.ts";
import { eksSystemNode } from "../planning/system-node.ts";
import { type AwsAccount, checkedMachine, liveAccount } from "./aws-account.ts";
import { awsAutoscaler, awsProvisioningClasses } from "./aws-autoscaler.ts";
import { AwsControlPlane, type AwsControlPlaneArgs } from "./aws-control-plane.ts";
import { AwsNetwork, type AwsNetworkArgs } from "./aws-network.ts";
import { nodeGroup } from "./aws-node-group.ts";
import { clusterNodes, systemPool } from "./aws-nodes.ts";
import { type AwsPool, awsPool } from "./aws-pool.ts";
import { clusterProvider } from "./cluster-provider.ts";
import type { ChartRelease, Cluster, ProvisionedNodePool } from "./contract.ts";
import { fetchableCharts, helmRelease } from "./helm-release.ts";
import { acceleratorTaint, allocatableQuantities } from "./local-node.ts";

export interface AwsClusterArgs {
  /** Logs into one account, in one region. */
  readonly provider: aws.Provider;
  readonly region: string;
  readonly network: Omit<AwsNetworkArgs, "provider" | "region">;
  readonly controlPlane: Omit<AwsControlPlaneArgs, "provider" | "subnetIds">;
  /** A repository of one's own with every chart. Default: each chart's own. */
  readonly chartMirror?: string | undefined;
  /** What the account offers. Default: what it answers when asked. */
  readonly account?: AwsAccount;
}

/** A cluster of EC2 machines, with what others build on it. */
export interface AwsCluster extends Cluster<typeof awsPool> {
  readonly name: string;
  readonly region: string;
  readonly aws: aws.Provider;
  readonly network: AwsNetwork;
  readonly controlPlane: AwsControlPlane;
  /** Of every node: what each may do, and no pod on it. */
  readonly nodeRole: aws.iam.Role;
}

export function awsCluster(name: string, args: AwsClusterArgs): AwsCluster {
  const { region, chartMirror, account = liveAccount(args.provider) } = args;
  const network = new AwsNetwork(name, { ...args.network, provider: args.provider, region });
  const subnetIds = network.zones.slice(0, 3).map(({ nodes }) => nodes.id);
  const control = new AwsControlPlane(name, { ...args.controlPlane, provider: args.provider, subnetIds });
  const { role, shared, ready } = clusterNodes(name, network, control, args.provider);
  const access = { kubeconfig: kubeconfig(control.cluster, region) };
  const provider = clusterProvider(name, access, { dependsOn: [...ready] });
  const install = (title: string, release: ChartRelease, opts: pulumi.ComponentResourceOptions) =>
    helmRelease(title, release, { provider, chartMirror }, opts);
  const place = { cluster: name, region, control, provider: args.provider, install };
  awsAutoscaler(`${name}-autoscaler`, place);
  const plugin = efaPlugin(install, { parent: control });
  const pools: AccountPool[] = [];

  return {
    name,
    region,
    aws: args.provider,
    network,
    controlPlane: control,
    nodeRole: role,
    abilities: { charts: fetchableCharts(chartMirror), provisioningClasses: awsProvisioningClasses },
    provider,
    topologyLevels: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
    systemPlacement: { nodeSelector: { [platformLabels.pool]: systemPool }, tolerations: [] },
    systemNode: eksSystemNode,
    diskClass: blockStorage(provider, { parent: control }),
    poolSchema: awsPool,
    nodePool: (pool, opts) => {
      const { kubernetesVersion } = control;
      const release = releaseProblems(["imageRelease"], pool.imageRelease, kubernetesVersion);
      const served = devicesProblems(["sharing"], pool.sharing, kubernetesVersion);
      refuse(`NodePool "${pool.name}"`, [...release, ...served]);
      for (const warning of awsPoolWarnings(pool)) pulumi.log.warn(warning);
      const machine = checkedMachine(account, [...pools], pool);
      pools.push(pool);
      // Nodes that drain still need the network's programs and their rights.
      const own = { ...opts, provider: args.provider, dependsOn: [...ready] };
      const group = nodeGroup(pool, shared, machine, own);
      return provisioned(pool, region, pool.efa ? [group, plugin()] : [group]);
    },
    install,
    programImage: () => undefined,
    repairLabels: undefined,
  };
}

/** Who runs this logs in as whom AWS knows them: no credential stands here, or in the state (F96). */
function kubeconfig(cluster: aws.eks.Cluster, region: string): pulumi.Output<string> {
  return pulumi
    .all([cluster.name, cluster.endpoint, cluster.certificateAuthority])
    .apply(([name, server, { data }]) => {
      const exec = {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        command: "aws",
        args: ["eks", "get-token", "--cluster-name", name, "--region", region],
        interactiveMode: "Never",
      };
      return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server, "certificate-authority-data": data } }],
        users: [{ name, user: { exec } }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
      });
    });
}

/** The class of pods' disks: one comes when its pod has a node, in that node's zone (F84). */
function blockStorage(provider: k8s.Provider, opts: pulumi.CustomResourceOptions): string {
  new k8s.storage.v1.StorageClass(
    "gp3",
    {
      metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    },
    { ...opts, provider, deleteBeforeReplace: true },
  );
  return "gp3";
}

/** Offers EFA devices on the nodes that have them; made with the first pool that does. */
function efaPlugin(install: AwsCluster["install"], opts: pulumi.ComponentResourceOptions) {
  let made: pulumi.Resource | undefined;
  return () => {
    const tolerations = [{ operator: "Exists" }];
    const release: ChartRelease = {
      chart: "efaDevicePlugin",
      namespace: "kube-system",
      namespaceExists: true,
      values: { tolerations },
    };
    made ??= install("efa-device-plugin", release, opts);
    return made;
  };
}

/** What schedulers and queues need to know; which network domains there are, nobody knows before. */
function provisioned(
  pool: AwsPool,
  region: string,
  resources: readonly pulumi.Resource[],
): ProvisionedNodePool {
  const { name, accelerator, nodes, acceleratorsPerNode, sharing, fabric } = pool;
  const devices = poolDevices(pool);
  const perNode = isClaimed(pool)
    ? Object.fromEntries(devices.map(({ resourceName, perNode: amount }) => [resourceName, amount]))
    : nodeDevices(pool, 0);
  return {
    name,
    accelerator,
    nodes,
    acceleratorsPerNode,
    sharing,
    fabric,
    devices,
    resourceName: Object.keys(perNode)[0] ?? devices[0]?.resourceName ?? "",
    labels: { [platformLabels.pool]: name },
    taints: [acceleratorTaint(accelerator)],
    software: eksGpuImages[pool.image],
    topology: awsTopology(pool, region),
    allocatable: allocatableQuantities(awsMachines[pool.machine], perNode, pool),
    resources,
  };
}
