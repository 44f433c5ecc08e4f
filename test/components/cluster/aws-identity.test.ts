import { expect, test } from "vitest";
import { type AwsRights, document, podIdentity } from "../../../components/cluster/aws-identity.ts";
import { told } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

const who = { cluster: "main", namespace: "research", serviceAccount: "default" };

function build(rights: AwsRights) {
  return record(() => void podIdentity("reader", { ...who, rights }, {}), told);
}

test("role, rights and tie are one thing, in this order (F92)", async () => {
  const policyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  const resources = await build({ policyArn });
  expect(resources.map(({ type, name, inputs, dependsOn }) => ({ type, name, inputs, dependsOn }))).toEqual([
    {
      type: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
      name: "reader",
      inputs: {
        clusterName: "main",
        namespace: "research",
        serviceAccount: "default",
        roleArn: "arn:aws:iam::123456789012:role/made",
      },
      dependsOn: ["reader", "reader"],
    },
    {
      type: "aws:iam/role:Role",
      name: "reader",
      inputs: {
        assumeRolePolicy: document([
          {
            Effect: "Allow",
            Principal: { Service: "pods.eks.amazonaws.com" },
            Action: ["sts:AssumeRole", "sts:TagSession"],
          },
        ]),
      },
      dependsOn: [],
    },
    {
      type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      name: "reader",
      inputs: { policyArn },
      dependsOn: [],
    },
  ]);
});

test("statements of its own are a policy of the role alone", async () => {
  const statement = { Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::models/*" } as const;
  const resources = await build({ statements: [statement] });
  const policy = resources.find(({ type }) => type === "aws:iam/rolePolicy:RolePolicy");
  expect(JSON.parse(String(policy?.inputs.policy))).toEqual({
    Version: "2012-10-17",
    Statement: [statement],
  });
});
