/** File systems that many pods share on AWS: EFS for what is kept, FSx for Lustre for what is read fast. */
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { clusterTag } from "../catalogue/eks.ts";
import type { AwsCluster } from "../cluster/aws.ts";
import { zoneName } from "../cluster/aws-pool.ts";
import { parseConfig, refuse } from "../config.ts";
import { lustreIdentity } from "./aws-lustre-identity.ts";

export const awsVolumeFields = {
  /** A file system over all zones, class `efs`: homes, notebooks, small data. Default: true. */
  efs: z.boolean().default(true),
  /** File systems of one zone, class `lustre`, one for each claim. Default: none. */
  lustre: z
    .strictObject({
      /** Where they stand: the zone of the pool that reads them. */
      zone: zoneName,
      /** MB/s for each TiB. Default: 250. */
      throughput: z.literal([125, 250, 500, 1000]).default(250),
    })
    .optional(),
};

const awsVolumeConfig = z.strictObject(awsVolumeFields);

export interface AwsSharedVolumesArgs extends z.input<typeof awsVolumeConfig> {
  cluster: AwsCluster;
}

export class AwsSharedVolumes extends pulumi.ComponentResource {
  /** Storage classes that it made. */
  readonly classes: readonly string[];

  constructor(name: string, args: AwsSharedVolumesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, ...input } = args;
    const owner = `AwsSharedVolumes "${name}"`;
    const { efs, lustre } = parseConfig(awsVolumeConfig, input, owner);
    const zones = cluster.network.zones.map(({ zone }) => zone);
    if (lustre && !zones.includes(lustre.zone)) {
      const remedy = "take one of the network's zones";
      refuse(owner, [
        { path: ["lustre", "zone"], given: `"${lustre.zone}"`, allowed: zones.join(", "), remedy },
      ]);
    }
    super("plinth:storage:AwsSharedVolumes", name, {}, opts);
    const own = { parent: this, provider: cluster.aws };
    if (efs) this.efs(name, cluster, own);
    if (lustre) this.lustre(name, cluster, lustre, own);
    this.classes = [...(efs ? ["efs"] : []), ...(lustre ? ["lustre"] : [])];
    this.registerOutputs({ classes: this.classes });
  }

  /** What pods keep there outlives the stack; each claim is a folder that only its pods see. */
  private efs(name: string, cluster: AwsCluster, own: pulumi.CustomResourceOptions): void {
    const group = doors(`${name}-efs`, cluster, [[2049, 2049]], own);
    const fileSystem = new aws.efs.FileSystem(
      `${name}-efs`,
      {
        encrypted: true,
        throughputMode: "elastic",
        lifecyclePolicies: [{ transitionToIa: "AFTER_30_DAYS" }],
        tags: { Name: `${name}-efs` },
      },
      { ...own, retainOnDelete: true },
    );
    const targets = cluster.network.zones.map(
      ({ zone, nodes }) =>
        new aws.efs.MountTarget(
          `${name}-efs-${zone}`,
          { fileSystemId: fileSystem.id, subnetId: nodes.id, securityGroups: [group.id] },
          own,
        ),
    );
    const driver = cluster.controlPlane.addon("aws-efs-csi-driver");
    this.storageClass(cluster, "efs", [driver, ...targets], {
      provisioner: "efs.csi.aws.com",
      parameters: { provisioningMode: "efs-ap", fileSystemId: fileSystem.id, directoryPerms: "700" },
    });
  }

  private lustre(
    name: string,
    cluster: AwsCluster,
    { zone, throughput }: { readonly zone: string; readonly throughput: number },
    own: pulumi.CustomResourceOptions,
  ): void {
    const group = doors(
      `${name}-lustre`,
      cluster,
      [
        [988, 988],
        [1018, 1023],
      ],
      own,
    );
    const subnet = cluster.network.zones.find((candidate) => candidate.zone === zone)?.nodes.id ?? "";
    const rights = lustreIdentity(`${name}-lustre`, cluster, own);
    const driver = cluster.controlPlane.addon("aws-fsx-csi-driver", { dependsOn: [rights] });
    this.storageClass(cluster, "lustre", [driver], {
      provisioner: "fsx.csi.aws.com",
      parameters: {
        subnetId: subnet,
        securityGroupIds: group.id,
        deploymentType: "PERSISTENT_2",
        perUnitStorageThroughput: String(throughput),
        // By it the driver's rights end at the file systems of this cluster, and its budget counts them.
        extraTags: `${clusterTag}=${cluster.name}`,
      },
    });
  }

  private storageClass(
    cluster: AwsCluster,
    name: string,
    dependsOn: pulumi.Resource[],
    spec: Pick<k8s.types.input.storage.v1.StorageClass, "provisioner" | "parameters">,
  ): void {
    new k8s.storage.v1.StorageClass(
      name,
      // A claim is bound by its pod, so that nothing is made for claims that nobody uses.
      { metadata: { name }, volumeBindingMode: "WaitForFirstConsumer", reclaimPolicy: "Delete", ...spec },
      { parent: this, provider: cluster.provider, deleteBeforeReplace: true, dependsOn },
    );
  }
}

/** Opens ports between file systems and the cluster's nodes, and to nothing else. */
function doors(
  name: string,
  { network, controlPlane }: AwsCluster,
  ports: readonly (readonly [from: number, to: number])[],
  own: pulumi.CustomResourceOptions,
): aws.ec2.SecurityGroup {
  const description = "File systems, for the nodes of the cluster";
  const group = new aws.ec2.SecurityGroup(name, { vpcId: network.vpc.id, description }, own);
  const nodes = controlPlane.cluster.vpcConfig.apply((config) => config.clusterSecurityGroupId ?? "");
  for (const [fromPort, toPort] of ports) {
    for (const [kind, from] of [
      ["nodes", nodes],
      ["own", group.id],
    ] as const) {
      const ends = { securityGroupId: group.id, referencedSecurityGroupId: from };
      const rule = { ...ends, ipProtocol: "tcp", fromPort, toPort };
      new aws.vpc.SecurityGroupIngressRule(`${name}-${kind}-${fromPort}`, rule, own);
      // Servers of Lustre call each other, and their clients back.
      new aws.vpc.SecurityGroupEgressRule(`${name}-${kind}-${fromPort}`, rule, own);
    }
    const back = { securityGroupId: nodes, referencedSecurityGroupId: group.id, ipProtocol: "tcp" };
    new aws.vpc.SecurityGroupIngressRule(`${name}-back-${fromPort}`, { ...back, fromPort, toPort }, own);
  }
  return group;
}
