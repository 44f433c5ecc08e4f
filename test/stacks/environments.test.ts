import { expect, test } from "vitest";
import { awsPool } from "../../components/cluster/aws-pool.ts";
import { gcpPool } from "../../components/cluster/gcp-pool.ts";
import { localPool } from "../../components/cluster/local-pool.ts";
import { onpremPool } from "../../components/cluster/onprem-pool.ts";
import { stackProblems } from "../../stacks/config-rules.ts";
import { environmentRules } from "../../stacks/environments.ts";

test("each environment says what its pools are, and the local one alone has a machine room", () => {
  expect(environmentRules("local").pool).toBe(localPool);
  expect(environmentRules("aws").pool).toBe(awsPool);
  expect(environmentRules("gcp").pool).toBe(gcpPool);
  expect(environmentRules("onprem").pool).toBe(onpremPool);
  const rooms = ["local", "aws", "gcp", "onprem"].map((name) => environmentRules(name).hasTopology);
  expect(rooms).toEqual([true, false, false, false]);
});

test.each([
  { stack: {}, want: [] },
  { stack: { provisioningClasses: ["check-capacity.example.org"] }, want: ["check-capacity.example.org"] },
  { stack: { provisioningClasses: ["Not A Name"] }, want: [] },
])("one machine orders nodes by the classes that its file says are answered: $stack", ({ stack, want }) => {
  expect(environmentRules("local").abilities(stack).provisioningClasses).toEqual(want);
});

const local = { accelerator: "nvidia-h100-80gb-sxm", name: "p", nodes: 2, acceleratorsPerNode: 8 };
const site = { ...local, nodeSelector: { "example.org/pool": "p" } };
const eks = { name: "p", nodes: 2, zones: ["us-east-1a"] };
const gke = { name: "p", nodes: 2, zones: ["us-central1-a"] };
const aws = (region: string) => ({ aws: { region } });

test.each([
  { name: "local", stack: {}, pool: local, want: "block rack node" },
  {
    name: "local",
    stack: { topology: { nodesPerNvlinkDomain: 2 } },
    pool: local,
    want: "block rack nvlink node",
  },
  {
    name: "local",
    stack: { topology: { nodesPerNvlinkDomain: 2 } },
    pool: { ...local, accelerator: "nvidia-l40s" },
    want: "block rack node",
  },
  { name: "local", stack: { topology: "large" }, pool: local, want: "block rack nvlink node" },
  { name: "aws", stack: aws("us-east-1"), pool: { ...eks, machine: "p5.48xlarge" }, want: "block rack node" },
  { name: "aws", stack: aws("us-east-1"), pool: { ...eks, machine: "g6.48xlarge" }, want: "node" },
  { name: "aws", stack: aws("ca-west-1"), pool: { ...eks, machine: "p5.48xlarge" }, want: "node" },
  { name: "aws", stack: {}, pool: { ...eks, machine: "g6.48xlarge" }, want: "block rack nvlink node" },
  { name: "gcp", stack: {}, pool: { ...gke, machine: "a3-highgpu-8g" }, want: "block rack node" },
  { name: "gcp", stack: {}, pool: { ...gke, machine: "g2-standard-96" }, want: "node" },
  { name: "onprem", stack: {}, pool: site, want: "node" },
  {
    name: "onprem",
    stack: { domainLabels: { rack: "a/b", nvlink: "a/c" } },
    pool: site,
    want: "rack nvlink node",
  },
  { name: "onprem", stack: { domainLabels: "racks" }, pool: site, want: "block rack nvlink node" },
])("domains that nodes tell: $name $stack: $want (F48)", ({ name, stack, pool, want }) => {
  const { domains, pool: schema } = environmentRules(name);
  expect(domains(stack, schema.parse(pool)).join(" ")).toBe(want);
});

test.each(["aws", "gcp", "onprem"])(
  "charts that a cluster can have depend on its mirror, as far as this is one: %s",
  (name) => {
    const { abilities } = environmentRules(name);
    const has = (stack: object) => abilities(stack).charts.includes("mpi");
    expect([{}, { chartMirror: "https://charts.example.org" }, { chartMirror: "charts" }].map(has)).toEqual([
      false,
      true,
      false,
    ]);
  },
);

test("schedulers that a site names are its cluster's", () => {
  const schedulers = { packing: "packer" };
  const { abilities } = environmentRules("onprem");
  const given = [{ schedulers }, {}, { schedulers: { packing: 1 } }];
  expect(given.map((stack) => abilities(stack).schedulers)).toEqual([schedulers, {}, {}]);
});

test("what a pod can have of the platform's own nodes, where their machine is known", () => {
  const nodeOf = (name: string, stack: object = {}) =>
    environmentRules(name).inferencePlace?.(stack)?.node?.cpuMillis;
  expect(nodeOf("local")).toBe(8000);
  expect(nodeOf("aws")).toBe(3420);
  expect(nodeOf("gcp", { systemPool: { zones: ["us-central1-a"] } })).toBe(7410);
  expect(nodeOf("gcp", { systemPool: { zones: ["us-central1-a"], machine: "e2-standard-4" } })).toBe(3420);
  expect(nodeOf("gcp", { systemPool: "large" })).toBeUndefined();
  expect(nodeOf("onprem")).toBeUndefined();
});

test("an unknown one has the rules of the local one, and the schema tells the rest", () => {
  expect(environmentRules("azure")).toBe(environmentRules("local"));
  expect(environmentRules("local").problems({})).toEqual([]);
});

test("a scheduler's profile that the cluster of a site does not have is refused", () => {
  const shared = {
    name: "shared",
    accelerator: "nvidia-l4",
    nodes: 1,
    acceleratorsPerNode: 8,
    nodeSelector: { pool: "shared" },
    sharing: { mode: "dra", schedulerProfile: "waste" },
  };
  const found = (schedulers: object) =>
    stackProblems({ environment: "onprem", schedulers, pools: [shared] })
      .filter(({ path }) => path.includes("schedulerProfile"))
      .map(({ path, given, allowed }) => [path, given, allowed]);
  const allowed = "spread, packing: how the schedulers of this cluster place pods";
  expect(found({ packing: "packer" })).toEqual([
    [["pools", 0, "sharing", "schedulerProfile"], '"waste"', allowed],
  ]);
  expect(found({ waste: "saver" })).toEqual([]);
});
