import { expect, test } from "vitest";
import { awsPool } from "../../components/cluster/aws-pool.ts";
import { awsStack } from "../../stacks/aws-config.ts";
import { makeAwsStack } from "../support/cloud/aws-stack.ts";
import { refusal } from "../support/refusals.ts";

test("the shipped stack is valid, and defaults are filled in", () => {
  expect(refusal(makeAwsStack())).toBe("accepted");
  const { aws, ...stack } = awsStack.parse(makeAwsStack());
  const pools = stack.pools.map((pool) => awsPool.parse(pool));
  expect(aws).toMatchObject({
    network: "10.0.0.0/16",
    kubernetesVersion: "1.36",
    logDays: 90,
    deletionProtection: true,
  });
  expect(
    pools.map(({ name, accelerator, acceleratorsPerNode }) => [name, accelerator, acceleratorsPerNode]),
  ).toEqual([
    ["h100", "nvidia-h100-80gb-sxm", 8],
    ["l4", "nvidia-l4", 1],
  ]);
});

test.each([
  { case: "an account that is none", edit: { account: "12345" }, path: ["aws", "account"] },
  { case: "a region that is none", edit: { region: "virginia" }, path: ["aws", "region"] },
  {
    case: "a region of another partition",
    edit: { region: "us-gov-west-1", zones: ["us-gov-west-1a", "us-gov-west-1b", "us-gov-west-1c"] },
    path: ["aws", "region"],
  },
  { case: "two zones", edit: { zones: ["us-east-1a", "us-east-1b"] }, path: ["aws", "zones"] },
  { case: "a field of another environment", edit: { project: "x" }, path: ["aws"] },
])("refused: $case", ({ edit, path }) => {
  const stack = makeAwsStack();
  const { error } = awsStack.safeParse({ ...stack, aws: { ...stack.aws, ...edit } });
  expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
});

test("a quota beyond the most nodes of its pool is refused with both figures (F71)", () => {
  const stack = makeAwsStack();
  Object.assign(stack.teams[1].quotas[1], { accelerators: 9 });
  expect(refusal(stack)).toMatch(/given {4}9 accelerators promised in pool l4 .*\n {4}allowed {2}at most 8 /);
});

test.each([
  { case: "EFA without an interface", pool: { machine: "g6.4xlarge", capacity: { type: "on-demand" } } },
  { case: "a block over two zones", pool: { zones: ["us-east-1a", "us-east-1b"] } },
  { case: "a zone of no network", pool: { zones: ["us-east-1d"] } },
])("refused with figures before anything is asked of AWS: $case", ({ pool }) => {
  const stack = makeAwsStack();
  Object.assign(stack.pools[0], pool);
  expect(refusal(stack)).toMatch(/pools\[0\]\.(efa|zones)/);
});
