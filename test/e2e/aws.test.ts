/** The stack on AWS under the real engine: a stand-in for the cloud, the embedded API server for EKS. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charts } from "../../components/catalogue/versions.ts";
import { type ChartRepository, serveCharts } from "../support/chart-repository.ts";
import { edits } from "../support/cloud/aws-edits.ts";
import { awsCloud } from "../support/cloud/aws-kinds.ts";
import { makeAwsStack } from "../support/cloud/aws-stack.ts";
import { CloudPlatform } from "../support/cloud/cloud-platform.ts";

let cloud: CloudPlatform;
let repository: ChartRepository;

/** Kueue runs already, for the local stack brought it; the others have no part in what is shown here. */
const empty = [charts.kueue, charts.clusterAutoscaler, charts.efaDevicePlugin, charts.gpuOperator];

beforeAll(async () => {
  const served = empty.map((pin) => ({ name: pin.name, version: "tag" in pin ? pin.tag : pin.version }));
  repository = await serveCharts(served);
  cloud = await CloudPlatform.start("aws");
  cloud.loginCommand("aws");
  const { server, authority } = cloud.login;
  cloud.clouds.give("aws", {
    "aws:eks/cluster:Cluster": {
      endpoint: server,
      certificateAuthority: { data: authority },
      vpcConfig: { clusterSecurityGroupId: "sg-of-eks" },
    },
  });
});
afterAll(async () => {
  await cloud?.remove();
  await repository?.close();
});

function makeStack() {
  return { ...makeAwsStack(), chartMirror: repository.url };
}

test("the shipped stack is previewed before anything exists, and comes up whole", async () => {
  const steps = await cloud.steps(makeStack());
  expect(steps.filter((step) => !step.startsWith("create "))).toEqual([]);
  const up = await cloud.up(makeStack());
  expect(up.code, up.stderr).toBe(0);
  const existing = cloud.clouds.existing("aws");
  expect(existing["aws:eks/cluster:Cluster"]).toEqual(["plinth"]);
  const groups = existing["aws:eks/nodeGroup:NodeGroup"]?.map((name) => name.replace(/-[0-9a-f]{6}$/, ""));
  expect(groups?.sort()).toEqual(["h100", "l4", "system"]);
  // Reserved machines outside a block are placed by it, and the shipped stack has none.
  const unused = Object.keys(awsCloud.kinds).filter((token) => existing[token] === undefined);
  expect(unused).toEqual(["aws:ec2/placementGroup:PlacementGroup"]);
  const queues: { metadata: { name: string } }[] = await cloud.platform.api.list(
    "/apis/kueue.x-k8s.io/v1beta2/clusterqueues",
  );
  expect(queues.map(({ metadata }) => metadata.name).sort()).toEqual([
    "research-h100",
    "vision-h100",
    "vision-l4",
  ]);
});

describe("an edit replaces no cluster and no pool in place (F106)", () => {
  test.each(edits)("$edit", async ({ change, want }) => {
    const stack = makeStack();
    change(stack);
    expect(await cloud.steps(stack)).toEqual([...want].sort());
  });
});

test("a pool whose machines were paid for does not go by an edit (F106)", async () => {
  const stack = makeStack();
  Object.assign(stack.pools[0], { zones: ["us-east-1b"] });
  const { code, stdout, stderr } = await cloud.preview(stack);
  expect(code).not.toBe(0);
  const { diagnostics }: { diagnostics: { message: string }[] } = JSON.parse(stdout);
  const told = [...diagnostics.map(({ message }) => message), stderr].join("\n");
  expect(told).toMatch(/NodeGroup::h100-[0-9a-f]{6}" cannot be deleted\nbecause it is protected\./);
});

test("a new generation is there before the old one goes (F106)", async () => {
  const stack = makeStack();
  Object.assign(stack.pools[1], { machine: "g6.8xlarge" });
  const [before] = cloud.clouds.existing("aws")["aws:eks/nodeGroup:NodeGroup"]?.filter(isL4) ?? [];
  const up = await cloud.up(stack);
  expect(up.code, up.stderr).toBe(0);
  const order = up.stderr
    .split("\n")
    .filter((line) => /NodeGroup l4-[0-9a-f]{6} (created|deleted)/.test(line));
  expect(order.map((line) => / (created|deleted) /.exec(line)?.[1])).toEqual(["created", "deleted"]);
  const after = cloud.clouds.existing("aws")["aws:eks/nodeGroup:NodeGroup"]?.filter(isL4);
  expect(after?.length).toBe(1);
  expect(after).not.toContain(before);
});

const isL4 = (name: string) => name.startsWith("l4-");

interface Lack {
  readonly case: string;
  /** What the account answers. */
  readonly given: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly want: readonly string[];
}

test.each<Lack>([
  {
    case: "a quota short by one (F98)",
    given: { "aws:servicequotas/getServiceQuota:getServiceQuota": { value: 8 * 16 - 1 } },
    want: ["128 vCPUs (l4 8 x 16)", "127: the account's", "(L-DB2E81BA) in this region"],
  },
  {
    case: "a zone that does not sell the machine (F100)",
    given: {
      "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {
        locations: ["us-east-1a", "us-east-1b"],
      },
    },
    want: ["g6.4xlarge in us-east-1c", "us-east-1a, us-east-1b"],
  },
  {
    case: "a region without the machine (F100)",
    given: { "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": { locations: [] } },
    want: ["p5.48xlarge in us-east-1a", "nothing: not sold in this region"],
  },
])("refused at preview: $case", async ({ given, want }) => {
  const { server, authority } = cloud.login;
  const cluster = { endpoint: server, certificateAuthority: { data: authority } };
  cloud.clouds.give("aws", { "aws:eks/cluster:Cluster": cluster, ...given });
  const { code, stdout, stderr } = await cloud.preview(makeStack());
  expect(code).not.toBe(0);
  for (const figure of want) expect(stdout + stderr).toContain(figure);
});
