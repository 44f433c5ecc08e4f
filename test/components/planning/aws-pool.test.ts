import { expect, test } from "vitest";
import {
  type AwsPoolPlan,
  awsAccelerator,
  awsPoolProblems,
  awsPoolWarnings,
  efaFabric,
  networkCards,
  nodeDisks,
  poolGeneration,
} from "../../../components/planning/aws-pool.ts";

const zone = ["us-east-1a"];
const pool: AwsPoolPlan = {
  name: "h100",
  machine: "p5.48xlarge",
  nodes: 4,
  leastNodes: 0,
  capacity: { type: "on-demand" },
  zones: zone,
  efa: true,
  image: "AL2023_x86_64_NVIDIA",
  podStorageGiB: 200,
  sharing: { mode: "dedicated" },
};

test("the pool that every row spoils once is fine", () => {
  expect(awsPoolProblems(pool)).toEqual([]);
});

const layout = { nodes: 2, profiles: { "1g.10gb": 7 } };

test.each([
  {
    case: "a part of a GPU, which no autoscaler finds",
    edit: { machine: "g6f.xlarge", efa: false },
    path: ["machine"],
    given: "g6f.xlarge: 0.125 of a GPU, which EC2 counts as none",
    allowed: /^g6\.xlarge, g6\.2xlarge, .*gr6\.8xlarge$/,
  },
  {
    case: "an accelerator that planning does not know",
    edit: { machine: "p6-b300.48xlarge" },
    path: ["machine"],
    given: "p6-b300.48xlarge: nvidia-b300-sxm",
    allowed: /p5\.48xlarge/,
  },
  {
    case: "an image of another processor",
    edit: { image: "AL2023_ARM_64_NVIDIA" },
    path: ["image"],
    given: "AL2023_ARM_64_NVIDIA on p5.48xlarge",
    allowed: /^AL2023_x86_64_NVIDIA, BOTTLEROCKET_x86_64_NVIDIA$/,
  },
  {
    case: "EFA where the machine has none",
    edit: { machine: "g6.4xlarge" },
    path: ["efa"],
    given: "true on g6.4xlarge, which has no EFA interface",
    allowed: /^g6\.8xlarge \(1\), g6\.12xlarge \(1\), .*gr6\.8xlarge \(1\)$/,
  },
  {
    case: "EFA over two zones",
    edit: { zones: ["us-east-1a", "us-east-1b"] },
    path: ["zones"],
    given: "2 zones: us-east-1a, us-east-1b",
    allowed: /^1 zone: EFA joins nodes of one zone$/,
  },
  {
    case: "a capacity block over two zones",
    edit: {
      efa: false,
      zones: ["us-east-1a", "us-east-1b"],
      capacity: { type: "capacity-block", id: "cr-1" },
    },
    path: ["zones"],
    given: "2 zones: us-east-1a, us-east-1b",
    allowed: /^1 zone: cr-1 is in one zone$/,
  },
  {
    case: "more nodes that stay than there are",
    edit: { leastNodes: 5 },
    path: ["leastNodes"],
    given: "5",
    allowed: /^0 to 4, the pool's nodes$/,
  },
  {
    case: "a disk larger than any volume (F86)",
    edit: { podStorageGiB: 28_400 },
    path: ["podStorageGiB"],
    given: "28400",
    allowed: /^at most 16344: a volume ends at 16384 GiB$/,
  },
  {
    case: "two layouts in one node group",
    edit: { efa: false, sharing: { mode: "mig", layouts: [layout, layout] } },
    path: ["sharing", "layouts"],
    given: "2 layouts",
    allowed: /^1 layout:/,
  },
] as const)("refused: $case", ({ edit, path, given, allowed }) => {
  const problems = awsPoolProblems({ ...pool, ...edit });
  expect(problems.map((problem) => problem.path)).toEqual([path]);
  expect(problems[0]).toMatchObject({ given, allowed: expect.stringMatching(allowed) });
});

test("a series without any image of EKS is refused, whatever the image", () => {
  const [, image] = awsPoolProblems({ ...pool, machine: "g7.12xlarge", efa: false });
  expect(image).toMatchObject({ path: ["image"], allowed: "nothing: EKS names no GPU image for g7" });
});

test.each([
  { case: "another machine", edit: { machine: "p5en.48xlarge" }, isNew: true },
  { case: "another zone", edit: { zones: ["us-east-1b"] }, isNew: true },
  { case: "no EFA", edit: { efa: false }, isNew: true },
  { case: "another kind of image", edit: { image: "BOTTLEROCKET_x86_64_NVIDIA" }, isNew: true },
  { case: "spot", edit: { capacity: { type: "spot" } }, isNew: true },
  { case: "a reservation", edit: { capacity: { type: "reservation", id: "cr-1" } }, isNew: true },
  { case: "more nodes", edit: { nodes: 9, leastNodes: 2 }, isNew: false },
  { case: "larger disks", edit: { podStorageGiB: 4000 }, isNew: false },
  {
    case: "other sharing",
    edit: { sharing: { mode: "time-slicing", replicas: 4, rename: true } },
    isNew: false,
  },
] as const)("$case: a new generation is $isNew (F106)", ({ edit, isNew }) => {
  expect(poolGeneration({ ...pool, ...edit }) !== poolGeneration(pool)).toBe(isNew);
});

test("a generation is of another reservation too, and not of the order of zones", () => {
  const of = (id: string) => poolGeneration({ ...pool, capacity: { type: "reservation", id } });
  expect(of("cr-1")).not.toBe(of("cr-2"));
  const zones = ["us-east-1a", "us-east-1b"];
  expect(poolGeneration({ ...pool, zones })).toBe(poolGeneration({ ...pool, zones: [...zones].reverse() }));
  expect(poolGeneration(pool)).toMatch(/^[0-9a-f]{6}$/);
});

test.each([
  { case: "the machine's own disks", edit: {}, want: { rootGiB: 40, usesNvme: true } },
  {
    case: "more than these have",
    edit: { podStorageGiB: 28_313 },
    want: { rootGiB: 28_353, usesNvme: false },
  },
  {
    case: "an image that does not join them",
    edit: { image: "BOTTLEROCKET_x86_64_NVIDIA" },
    want: { rootGiB: 240, usesNvme: false },
  },
] as const)("pods write on $case (F86)", ({ edit, want }) => {
  expect(nodeDisks({ ...pool, ...edit })).toEqual(want);
});

test("the first network card has an ordinary interface beside its EFA, each other its EFA alone", () => {
  expect(networkCards("g5.8xlarge")).toEqual([
    { card: 0, device: 0, kind: "interface" },
    { card: 0, device: 1, kind: "efa-only" },
  ]);
  const cards = networkCards("p5.48xlarge");
  expect(cards.length).toBe(33);
  expect(cards.slice(2).every(({ device, kind }) => device === 0 && kind === "efa-only")).toBe(true);
  expect(cards.at(-1)?.card).toBe(31);
});

test("the fabric of a pool is its EFAs", () => {
  expect(efaFabric({ ...pool, efa: false })).toBeUndefined();
  expect(efaFabric(pool)).toEqual({
    resourceName: "vpc.amazonaws.com/efa",
    devicesPerNode: 32,
    hugePagesMiB: 10_256,
    environment: { FI_PROVIDER: "efa" },
  });
});

test("one zone without a reservation has no fallback, which is warned of (F102)", () => {
  expect(awsPoolWarnings(pool)).toEqual([
    "pool h100: p5.48xlarge on-demand in us-east-1a alone; " +
      "when that zone has none left, nothing else is tried",
  ]);
  expect(awsPoolWarnings({ ...pool, capacity: { type: "reservation", id: "cr-1" } })).toEqual([]);
  expect(awsPoolWarnings({ ...pool, zones: ["us-east-1a", "us-east-1b"] })).toEqual([]);
});

test("accelerators follow from the machine", () => {
  expect(awsAccelerator("p5en.48xlarge")).toBe("nvidia-h200-141gb-sxm");
  expect(awsAccelerator("gr6f.4xlarge")).toBeUndefined();
});
