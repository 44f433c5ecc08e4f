/** The control plane of EKS: who may speak to it, what it keeps secret, what it writes down. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type EksAddonName, eksAddons, eksPolicies } from "../catalogue/eks.ts";
import { versions } from "../catalogue/versions.ts";
import { parseConfig } from "../config.ts";
import { podIdentity, serviceRole } from "./aws-identity.ts";

export const roleArn = z
  .string()
  .regex(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, "the ARN of a role, not of a user");

export const awsControlPlaneFields = {
  /** Minor version of Kubernetes; it can only go up, one at a time. Default: the catalogue's. */
  kubernetesVersion: z
    .string()
    .regex(/^1\.\d{2}$/, "a minor version such as 1.36")
    .default(versions.kubernetes.version.split(".").slice(0, 2).join(".")),
  /** Roles with all rights in the cluster, beside whoever makes it. Default: none. */
  admins: z.array(roleArn).max(50).default([]),
  /** Networks outside that may reach the API server. Default: none, it answers inside alone. */
  publicAccessCidrs: z
    .array(z.string().regex(/^([0-9.]+\/([89]|[12][0-9]|3[0-2]))$/, "a network, and no more than a /8"))
    .max(40)
    .default([]),
  /** Days for which its logs are kept. Default: 90. */
  logDays: z.literal([30, 90, 180, 365]).default(90),
  /** Whether EKS refuses to delete the cluster until this is false. Default: true. */
  deletionProtection: z.boolean().default(true),
};

const awsControlPlaneConfig = z.strictObject(awsControlPlaneFields);

export interface AwsControlPlaneArgs extends z.input<typeof awsControlPlaneConfig> {
  provider: aws.Provider;
  /** Of three zones; EKS puts its side of the connection there. */
  subnetIds: readonly pulumi.Input<string>[];
}

export class AwsControlPlane extends pulumi.ComponentResource {
  readonly cluster: aws.eks.Cluster;
  readonly key: aws.kms.Key;
  /** Minor version of Kubernetes. */
  readonly kubernetesVersion: string;
  private readonly own: { readonly parent: pulumi.Resource; readonly provider: aws.Provider };
  private readonly title: string;

  constructor(name: string, args: AwsControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    const { provider, subnetIds, ...input } = args;
    const config = parseConfig(awsControlPlaneConfig, input, `AwsControlPlane "${name}"`);
    super("plinth:cluster:AwsControlPlane", name, {}, opts);
    this.own = { parent: this, provider };
    this.title = name;
    this.kubernetesVersion = config.kubernetesVersion;

    const description = `Secrets of the Kubernetes API of ${name}`;
    this.key = new aws.kms.Key(name, { description, enableKeyRotation: true }, this.own);
    new aws.kms.Alias(name, { name: `alias/${name}-eks`, targetKeyId: this.key.keyId }, this.own);
    const logs = new aws.cloudwatch.LogGroup(
      name,
      { name: `/aws/eks/${name}/cluster`, retentionInDays: config.logDays },
      this.own,
    );
    const role = serviceRole(`${name}-cluster`, "eks.amazonaws.com", ["sts:AssumeRole"], this.own);
    const rights = new aws.iam.RolePolicyAttachment(
      `${name}-cluster`,
      { role: role.name, policyArn: eksPolicies.cluster },
      this.own,
    );
    this.cluster = new aws.eks.Cluster(
      name,
      clusterArgs(name, config, { roleArn: role.arn, keyArn: this.key.arn, subnetIds }),
      {
        ...this.own,
        dependsOn: [rights, logs],
        // Chosen once: other zones of the network are no reason for another cluster.
        ignoreChanges: ["vpcConfig.subnetIds"],
      },
    );
    for (const arn of config.admins) this.admit(arn);
    this.registerOutputs({ cluster: this.cluster.name });
  }

  /**
   * Makes an add-on of EKS, with the rights of its controller (F92). Its version is the one that EKS names
   * for the Kubernetes that the cluster has by then: it moves with the control plane, and after it.
   */
  addon(
    addonName: EksAddonName,
    opts: pulumi.CustomResourceOptions = {},
    configuration?: object,
  ): aws.eks.Addon {
    const name = `${this.title}-${addonName}`;
    const rights = eksAddons[addonName];
    const clusterName = this.cluster.name;
    const identity =
      rights &&
      podIdentity(name, { ...rights, cluster: clusterName, rights: { policyArn: rights.policy } }, this.own);
    const asked = { addonName, kubernetesVersion: this.cluster.version };
    const { version } = aws.eks.getAddonVersionOutput(asked, { provider: this.own.provider });
    return new aws.eks.Addon(
      name,
      {
        clusterName,
        addonName,
        addonVersion: version,
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
        ...(configuration ? { configurationValues: JSON.stringify(configuration) } : {}),
      },
      pulumi.mergeOptions(pulumi.mergeOptions(this.own, opts), { dependsOn: identity ? [identity] : [] }),
    );
  }

  /** An entry of its own: whoever comes or goes, no node knows of it (F104). */
  private admit(principalArn: string): void {
    const name = `${this.title}-${principalArn.split("/").at(-1)}`;
    const clusterName = this.cluster.name;
    const entry = new aws.eks.AccessEntry(name, { clusterName, principalArn }, this.own);
    new aws.eks.AccessPolicyAssociation(
      name,
      { clusterName, principalArn, policyArn: eksPolicies.clusterAdmin, accessScope: { type: "cluster" } },
      { ...this.own, dependsOn: [entry] },
    );
  }
}

interface Parts {
  readonly roleArn: pulumi.Input<string>;
  readonly keyArn: pulumi.Input<string>;
  readonly subnetIds: readonly pulumi.Input<string>[];
}

function clusterArgs(
  name: string,
  config: z.output<typeof awsControlPlaneConfig>,
  { roleArn, keyArn, subnetIds }: Parts,
): aws.eks.ClusterArgs {
  const { publicAccessCidrs } = config;
  const isPublic = publicAccessCidrs.length > 0;
  return {
    name,
    version: config.kubernetesVersion,
    roleArn,
    // Rights are entries of EKS: no ConfigMap in the cluster, and what makes it can go on with it.
    accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
    // Each is an add-on instead, at a version that EKS knows.
    bootstrapSelfManagedAddons: false,
    deletionProtection: config.deletionProtection,
    encryptionConfig: { provider: { keyArn }, resources: ["secrets"] },
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    upgradePolicy: { supportType: "STANDARD" },
    vpcConfig: {
      subnetIds: [...subnetIds],
      endpointPrivateAccess: true,
      endpointPublicAccess: isPublic,
      ...(isPublic ? { publicAccessCidrs } : {}),
    },
  };
}
