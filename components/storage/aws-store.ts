/** The object store contract on S3: the stack's own buckets, and rights in them by the identity of pods. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { document, podIdentity } from "../cluster/aws-identity.ts";
import { parseConfig } from "../config.ts";
import type { ObjectStore } from "./object-store.ts";

/** Fields of the buckets, also used by the stack file. */
export const awsStoreFields = {
  /** Begins the buckets' names, which nobody else in the world may have. */
  bucketPrefix: z
    .string()
    .regex(/^[a-z0-9][-a-z0-9]{2,40}$/, "3 to 41 lower-case letters, digits and dashes"),
  /** Days for which versions that were written over or deleted stay. Default: 30. */
  oldVersionDays: z.int().min(1).max(3650).default(30),
  /** Days after which what nobody reads goes to cheaper storage. Default: 90. */
  archiveDays: z.int().min(30).max(3650).default(90),
};

const awsStoreConfig = z.strictObject(awsStoreFields);

export interface AwsStoreArgs extends z.input<typeof awsStoreConfig> {
  provider: aws.Provider;
  region: string;
  /** Name of the cluster whose pods come. */
  cluster: pulumi.Input<string>;
  /** Where S3 answers in the network. */
  cidrs: readonly string[];
}

/** Where pods learn who they are: the agent on their node. AWS, EKS Pod Identity. */
const identityAgent = { cidr: "169.254.170.23/32", port: 80 };

export class AwsStore extends pulumi.ComponentResource implements ObjectStore {
  readonly egress: ObjectStore["egress"];
  /** Models, which teams read; and data, where each has its own folder. */
  readonly buckets: Readonly<Record<"models" | "data", aws.s3.Bucket>>;
  private readonly args: AwsStoreArgs;
  private readonly key: aws.kms.Key;

  constructor(name: string, args: AwsStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const { provider, region: _, cluster: __, cidrs, ...input } = args;
    const config = parseConfig(awsStoreConfig, input, `AwsStore "${name}"`);
    super("plinth:storage:AwsStore", name, {}, opts);
    this.args = args;
    this.egress = { cidrs, port: 443, identity: [identityAgent] };
    const own = { parent: this, provider };
    const keyArgs = { description: `Buckets of ${name}`, enableKeyRotation: true };
    // Without its key nobody reads what is kept in the buckets.
    this.key = new aws.kms.Key(name, keyArgs, { ...own, retainOnDelete: true });
    const bucket = (kind: string) => privateBucket(`${config.bucketPrefix}-${kind}`, this.key, config, own);
    this.buckets = { models: bucket("models"), data: bucket("data") };
    this.registerOutputs({ models: this.buckets.models.bucket, data: this.buckets.data.bucket });
  }

  /** A role for the team's pods, whose policy ends at its own folder; no key is made that could leak. */
  grant({ namespace }: { namespace: string }, opts: pulumi.CustomResourceOptions) {
    const { cluster, region, provider } = this.args;
    const { data, models } = this.buckets;
    const tie = podIdentity(
      `${namespace}-store`,
      {
        cluster,
        namespace,
        serviceAccount: "default",
        rights: {
          statements: [
            {
              Effect: "Allow",
              Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
              Resource: pulumi.interpolate`${data.arn}/${namespace}/*`,
            },
            {
              Effect: "Allow",
              Action: ["s3:ListBucket"],
              Resource: data.arn,
              Condition: { StringLike: { "s3:prefix": [`${namespace}/*`] } },
            },
            { Effect: "Allow", Action: ["s3:GetObject"], Resource: pulumi.interpolate`${models.arn}/*` },
            // Who fetches a model lists its folder first.
            { Effect: "Allow", Action: ["s3:ListBucket"], Resource: models.arn },
            { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: this.key.arn },
          ],
        },
      },
      { ...opts, provider },
    );
    const { bucketPrefix } = this.args;
    return {
      url: `s3://${bucketPrefix}-data/${namespace}`,
      environment: { AWS_REGION: region, AWS_DEFAULT_REGION: region },
      resources: [tie],
    };
  }
}

/** Nobody outside reads it, nothing in it is in clear, and what is written over can be had back. */
function privateBucket(
  name: string,
  key: aws.kms.Key,
  { oldVersionDays, archiveDays }: z.output<typeof awsStoreConfig>,
  opts: pulumi.CustomResourceOptions,
): aws.s3.Bucket {
  // What people keep there outlives the stack, and so does what guards it.
  const own = { ...opts, retainOnDelete: true };
  const made = new aws.s3.Bucket(name, { bucket: name }, own);
  const bucket = made.bucket;
  const shut = {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  };
  new aws.s3.BucketPublicAccessBlock(name, { bucket, ...shut }, own);
  new aws.s3.BucketOwnershipControls(name, { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } }, own);
  const versioning = new aws.s3.BucketVersioning(
    name,
    { bucket, versioningConfiguration: { status: "Enabled" } },
    own,
  );
  const byDefault = { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn };
  new aws.s3.BucketServerSideEncryptionConfiguration(
    name,
    { bucket, rules: [{ applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled: true }] },
    own,
  );
  new aws.s3.BucketLifecycleConfiguration(
    name,
    {
      bucket,
      rules: [
        {
          id: "tidy",
          status: "Enabled",
          filter: { prefix: "" },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          noncurrentVersionExpiration: { noncurrentDays: oldVersionDays },
          transitions: [{ days: archiveDays, storageClass: "INTELLIGENT_TIERING" }],
        },
      ],
    },
    { ...own, dependsOn: [versioning] },
  );
  const statement = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const policy = made.arn.apply((arn) => document([{ ...statement, Resource: [arn, `${arn}/*`] }]));
  new aws.s3.BucketPolicy(name, { bucket, policy }, own);
  return made;
}
