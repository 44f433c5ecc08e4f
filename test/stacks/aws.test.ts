import { expect, test } from "vitest";
import { parseConfig } from "../../components/config.ts";
import { aws } from "../../stacks/aws.ts";
import { awsStack } from "../../stacks/aws-config.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { told } from "../support/aws-cluster.ts";
import { makeAwsStack } from "../support/cloud/aws-stack.ts";
import { record } from "../support/record.ts";

async function build() {
  let outputs: StackOutputs | undefined;
  const resources = await record(() => {
    outputs = aws(parseConfig(awsStack, makeAwsStack(), "stack"));
  }, told);
  return { resources, outputs };
}

test("one account, one region, and everything tagged with its cluster", async () => {
  const { resources } = await build();
  const provider = resources.find(({ type }) => type === "pulumi:providers:aws");
  expect(provider?.inputs).toMatchObject({
    region: "us-east-1",
    allowedAccountIds: '["123456789012"]',
    defaultTags: '{"tags":{"plinth.dev/cluster":"plinth"}}',
  });
  const others = resources.filter(({ type }) => type.startsWith("aws:"));
  expect(others.filter((resource) => resource.provider !== "aws")).toEqual([]);
});

interface Statement {
  readonly Action: readonly string[];
}

test("no role may do whatever a service has", async () => {
  const { resources } = await build();
  const of = (type: string) => resources.filter((each) => each.type.endsWith(`:${type}`));
  const allowed = of("RolePolicy").flatMap(({ inputs }) =>
    (JSON.parse(String(inputs.policy)).Statement as Statement[]).flatMap(({ Action }) => Action),
  );
  expect(allowed).toContain("fsx:CreateFileSystem");
  expect(allowed.filter((action) => action.includes("*"))).toEqual([]);
  const attached = of("RolePolicyAttachment").map(({ inputs }) => String(inputs.policyArn));
  expect(attached).toContain("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy");
  expect(attached.filter((arn) => /FullAccess|Administrator|PowerUser/.test(arn))).toEqual([]);
});

test("the shipped stack is network, cluster, pools and the platform on them", async () => {
  const { resources, outputs } = await build();
  const components = resources.filter(({ type }) => type.startsWith("plinth:"));
  expect(components.map(({ type, name }) => `${type.split(":")[2]} ${name}`).sort()).toEqual([
    "AwsControlPlane plinth",
    "AwsNetwork plinth",
    "AwsSharedVolumes plinth",
    "AwsStore plinth",
    "GpuOperator gpu",
    "GpuSharing gpu-sharing",
    "NodePool h100",
    "NodePool l4",
    "PriorityClasses priority",
    "Queueing kueue",
    "Team research",
    "Team vision",
    "TeamGuard guard",
    "TrainingControllers training",
  ]);
  expect(outputs?.pools).toEqual([
    { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 4, accelerators: 32 },
    { name: "l4", accelerator: "nvidia-l4", nodes: 8, accelerators: 8 },
  ]);
});
