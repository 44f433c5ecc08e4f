import { Provider } from "@pulumi/aws";
import { expect, test } from "vitest";
import { AwsStore, type StoreGrant } from "../../../components/index.ts";
import { told } from "../../support/aws-cluster.ts";
import { type Registration, record } from "../../support/record.ts";

async function build(edit: object = {}) {
  let made: StoreGrant | undefined;
  let egress: object = {};
  const resources = await record(
    () => {
      const provider = new Provider("aws", { region: "us-east-1" });
      const place = { provider, region: "us-east-1", cluster: "main", cidrs: ["10.0.240.0/24"] };
      const store = new AwsStore("main", { ...place, bucketPrefix: "acme", ...edit });
      egress = store.egress;
      made = store.grant({ namespace: "research" }, {});
    },
    { ...told, "aws:s3/bucket:Bucket": { arn: "arn:aws:s3:::acme" } },
  );
  const of = (type: string): Registration[] => resources.filter((each) => each.type.endsWith(`:${type}`));
  return { resources, of, made, egress };
}

test("a bucket for models and one for data, both private, versioned, encrypted, and kept", async () => {
  const { of } = await build();
  expect(of("Bucket").map(({ name, retainOnDelete }) => [name, retainOnDelete])).toEqual([
    ["acme-data", true],
    ["acme-models", true],
  ]);
  for (const { inputs } of of("BucketPublicAccessBlock")) {
    expect(inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
  }
  expect(of("BucketVersioning").map(({ inputs }) => inputs.versioningConfiguration)).toEqual([
    { status: "Enabled" },
    { status: "Enabled" },
  ]);
  const [encryption] = of("BucketServerSideEncryptionConfiguration");
  expect(encryption?.inputs.rules).toEqual([
    {
      applyServerSideEncryptionByDefault: {
        sseAlgorithm: "aws:kms",
        kmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/made",
      },
      bucketKeyEnabled: true,
    },
  ]);
  expect(of("Key").map(({ retainOnDelete }) => retainOnDelete)).toEqual([true]);
});

test("old versions and unfinished uploads end, and what nobody reads becomes cheaper", async () => {
  const { of } = await build({ oldVersionDays: 60, archiveDays: 120 });
  expect(of("BucketLifecycleConfiguration")[0]?.inputs.rules).toMatchObject([
    {
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      noncurrentVersionExpiration: { noncurrentDays: 60 },
      transitions: [{ days: 120, storageClass: "INTELLIGENT_TIERING" }],
    },
  ]);
});

test("nobody reaches a bucket in clear", async () => {
  const { of } = await build();
  const [policy] = of("BucketPolicy");
  expect(JSON.parse(String(policy?.inputs.policy)).Statement).toMatchObject([
    { Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
  ]);
});

test("a team has its own folder by the identity of its pods, and no key (F92, F114)", async () => {
  const { of, made, egress } = await build();
  expect(of("PodIdentityAssociation").map(({ inputs }) => inputs)).toEqual([
    {
      clusterName: "main",
      namespace: "research",
      serviceAccount: "default",
      roleArn: "arn:aws:iam::123456789012:role/made",
    },
  ]);
  const statements = JSON.parse(String(of("RolePolicy")[0]?.inputs.policy)).Statement;
  expect(
    statements.map(({ Action, Resource }: { Action: string[]; Resource: string }) => [Action[0], Resource]),
  ).toEqual([
    ["s3:GetObject", "arn:aws:s3:::acme/research/*"],
    ["s3:ListBucket", "arn:aws:s3:::acme"],
    ["s3:GetObject", "arn:aws:s3:::acme/*"],
    ["s3:ListBucket", "arn:aws:s3:::acme"],
    ["kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/made"],
  ]);
  expect(statements[1].Condition).toEqual({ StringLike: { "s3:prefix": ["research/*"] } });
  expect(made).toMatchObject({
    url: "s3://acme-data/research",
    environment: { AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1" },
  });
  expect(made?.secret).toBeUndefined();
  expect(egress).toEqual({
    cidrs: ["10.0.240.0/24"],
    port: 443,
    identity: [{ cidr: "169.254.170.23/32", port: 80 }],
  });
});

test.each([
  { case: "a name that S3 refuses", edit: { bucketPrefix: "Acme_Models" } },
  { case: "versions that go at once", edit: { oldVersionDays: 0 } },
])("refused: $case", async ({ edit }) => {
  await expect(build(edit)).rejects.toThrow('AwsStore "main": 1 problem');
});
