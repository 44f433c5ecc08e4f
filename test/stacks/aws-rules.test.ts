import { expect, test } from "vitest";
import { awsProblems } from "../../stacks/aws-rules.ts";
import { makeAwsStack } from "../support/cloud/aws-stack.ts";

type Stack = ReturnType<typeof makeAwsStack>;

test("the stack that every row spoils once is fine", () => {
  expect(awsProblems(makeAwsStack())).toEqual([]);
});

test.each([
  {
    case: "a zone of another region",
    spoil: ({ aws }: Stack) => aws.zones.push("us-west-2a"),
    want: {
      path: ["aws", "zones", 3],
      given: '"us-west-2a"',
      allowed: "a zone of us-east-1, such as us-east-1a",
      remedy: "take a zone of the region, or another region",
    },
  },
  {
    case: "a zone twice",
    spoil: ({ aws }: Stack) => aws.zones.push("us-east-1a"),
    want: { path: ["aws", "zones", 3] },
  },
  {
    case: "a pool in a zone that the network does not have",
    spoil: ({ pools }: Stack) => pools[1].zones.push("us-east-1f"),
    want: {
      path: ["pools", 1, "zones", 3],
      given: '"us-east-1f"',
      allowed: "us-east-1a, us-east-1b, us-east-1c",
      remedy: "take one of the network's zones, or add this one to aws.zones, which moves no pool",
    },
  },
  {
    case: "nodes that nobody orders",
    spoil: ({ queueing }: Stack) => queueing.provisioning.pop(),
    want: {
      path: ["pools", 1, "leastNodes"],
      given: "0 of 8 nodes, and nothing orders the others",
      allowed: "8, or a pool in queueing.provisioning: Kueue admits nothing to absent nodes",
    },
  },
  {
    case: "a release newer than the control plane of the catalogue",
    spoil: ({ pools }: Stack) => Object.assign(pools[1], { imageRelease: "1.37.0-20261101" }),
    want: {
      path: ["pools", 1, "imageRelease"],
      given: "1.37.0-20261101: nodes of 1.37 under a control plane of 1.36",
      allowed: "1.33 to 1.36: at most 3 minor versions older, and never newer",
    },
  },
  {
    case: "a release four versions behind the control plane that is written",
    spoil: ({ aws, pools }: Stack) => {
      Object.assign(aws, { kubernetesVersion: "1.35" });
      Object.assign(pools[1], { imageRelease: "1.31.9-20250714" });
    },
    want: {
      path: ["pools", 1, "imageRelease"],
      given: "1.31.9-20250714: nodes of 1.31 under a control plane of 1.35",
      allowed: "1.32 to 1.35: at most 3 minor versions older, and never newer",
    },
  },
  {
    case: "claims of devices that its Kubernetes does not serve",
    spoil: ({ aws, pools }: Stack) => {
      Object.assign(aws, { kubernetesVersion: "1.35" });
      Object.assign(pools[1], { sharing: { mode: "dra", devices: "shares" } });
    },
    want: {
      path: ["pools", 1, "sharing", "devices"],
      given: '"shares" on Kubernetes 1.35',
      allowed: "Kubernetes 1.36 or newer, for devices: shares",
      remedy: "upgrade Kubernetes, or choose mode: time-slicing or mps, or devices: whole",
    },
  },
  {
    case: "a cluster's name that leaves a cache no room, by one character",
    spoil: ({ aws }: Stack) => Object.assign(aws, { cluster: "a-longer-stack1" }),
    want: {
      path: ["aws", "imageCaches", 0],
      given: '"a-longer-stack1/registry.k8s.io", 31 characters',
      allowed: "at most 30 in ECR: a cluster's name of at most 14",
      remedy: "shorten the cluster's name, or do without this cache",
    },
  },
])("refused: $case", ({ spoil, want }) => {
  const stack = makeAwsStack();
  spoil(stack);
  expect(awsProblems(stack)).toMatchObject([want]);
});

test("a pool whose nodes are all there needs no order, nor one of another queueing system", () => {
  const stack = makeAwsStack();
  stack.queueing.provisioning.pop();
  expect(awsProblems({ ...stack, queueing: { backend: "volcano" } })).toEqual([]);
  Object.assign(stack.pools[1], { leastNodes: 8 });
  expect(awsProblems(stack)).toEqual([]);
});

test("what is malformed is left to the schema", () => {
  expect(awsProblems({})).toEqual([]);
  expect(awsProblems({ ...makeAwsStack(), pools: "none" })).toEqual([]);
});
