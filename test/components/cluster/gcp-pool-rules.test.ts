import { expect, test } from "vitest";
import { gcpPool } from "../../../components/cluster/gcp-pool.ts";
import { placedPoolProblems } from "../../../components/cluster/gcp-pool-rules.ts";
import { problemsOf } from "../../../components/config-problems.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import { makeGcpPool, makeTpuPool, readGcpPool, type WrittenGcpPool } from "../../support/gcp-pools.ts";

type Row = [path: string, given: string, allowed: string, remedy: string];

function rows(problems: readonly Problem[]): Row[] {
  return problems.map(({ path, given, allowed, remedy }) => [path.join("."), given, allowed, remedy]);
}

function problems(written: WrittenGcpPool): Row[] {
  const issues = gcpPool.safeParse(written).error?.issues ?? [];
  return rows(issues.flatMap((issue) => problemsOf(issue, gcpPool, written)));
}

const one: Partial<WrittenGcpPool> = { zones: ["us-central1-a"] };
const series =
  "a3-highgpu, a3-megagpu, a3-ultragpu, a4-highgpu, a4x-highgpu, a4x-maxgpu, ct6e-standard, tpu7x-standard";

test.each<{ case: string; pool: WrittenGcpPool; want: Row[] }>([
  { case: "the pool that every row spoils once", pool: makeGcpPool(), want: [] },
  { case: "the slices that every row spoils once", pool: makeTpuPool(), want: [] },
  {
    case: "a zone of the region that does not sell the machine (F100)",
    pool: makeGcpPool({ machine: "a3-ultragpu-8g", zones: ["us-central1-a"] }),
    want: [
      [
        "zones.0",
        '"us-central1-a" for a3-ultragpu-8g',
        "us-central1-b in this region: the places that sell it",
        "choose one of these, or another machine",
      ],
    ],
  },
  {
    case: "a region that does not sell the machine (F100)",
    pool: makeTpuPool({ machine: "ct5p-hightpu-4t", zones: ["us-west1-a"], sliceTopology: "2x2x1" }),
    want: [
      [
        "zones.0",
        '"us-west1-a" for ct5p-hightpu-4t',
        "zones of europe-west1, europe-west4, us-central1, us-east1, us-east5, us-south1: the places that sell it",
        "choose one of these, or another machine",
      ],
    ],
  },
  {
    case: "a zone twice",
    pool: makeGcpPool({ zones: ["us-central1-a", "us-central1-a"] }),
    want: [["zones.1", '"us-central1-a" again', "each zone once", "remove it"]],
  },
  {
    case: "nodes that do not divide over the zones",
    pool: makeGcpPool({ nodes: 5, minNodes: 0 }),
    want: [
      [
        "nodes",
        "5",
        "a multiple of 2, the zones that they are spread over",
        "make it 6, or name fewer zones",
      ],
    ],
  },
  {
    case: "a least above the most",
    pool: makeGcpPool({ minNodes: 6 }),
    want: [["minNodes", "6", "0 to 4, a multiple of 2", "make it 4"]],
  },
  {
    case: "a least that does not divide over the zones",
    pool: makeGcpPool({ minNodes: 3 }),
    want: [["minNodes", "3", "0 to 4, a multiple of 2", "make it 2"]],
  },
  {
    case: "more replicas than pods of a node",
    pool: makeGcpPool({ sharing: { mode: "time-slicing", replicas: 14, rename: false } }),
    want: [
      [
        "sharing.replicas",
        "14, so 112 on a node",
        "2 to 13: a node of GKE takes at most 110 pods",
        "lower replicas to 13",
      ],
      [
        "sharing.replicas",
        "14, so 112 on a node",
        "2 to 12: a p5.48xlarge takes at most 100 pods",
        "lower replicas to 12",
      ],
    ],
  },
  {
    case: "flex-start with nodes that stay",
    pool: makeGcpPool({ minNodes: 2, capacity: { type: "flex-start", maxRunHours: 24 } }),
    want: [
      [
        "minNodes",
        "2",
        "0: machines of flex-start come when something asks for them, and end by themselves",
        "leave minNodes out",
      ],
    ],
  },
  {
    case: "a reservation in two zones",
    pool: makeGcpPool({ capacity: { type: "reservation", reservation: "h100s" } }),
    want: [
      [
        "zones",
        "us-central1-a, us-central1-b",
        "one zone: reservation h100s is in one",
        "name the reservation's zone, and make a pool for each further reservation",
      ],
    ],
  },
  {
    case: "close together in two zones",
    pool: makeGcpPool({ compact: true }),
    want: [
      [
        "zones",
        "us-central1-a, us-central1-b",
        "one zone in a compact pool",
        "name one zone, or make a compact pool in each",
      ],
    ],
  },
  {
    case: "compact slices",
    pool: makeTpuPool({ compact: true }),
    want: [
      [
        "compact",
        "true",
        "false in a pool of TPUs: the hosts of a slice are always together",
        "leave compact out",
      ],
    ],
  },
  {
    case: "compact and queued",
    pool: makeGcpPool({
      machine: "a4-highgpu-8g",
      zones: ["us-central1-b"],
      compact: true,
      capacity: { type: "flex-start", maxRunHours: 24 },
    }),
    want: [
      [
        "compact",
        "true, with queued flex-start",
        "false: queued provisioning places the machines itself",
        "leave compact out, or set capacity.queued to false",
      ],
    ],
  },
  {
    case: "compact flex-start of a machine that is not placed so",
    pool: makeGcpPool({
      ...one,
      compact: true,
      capacity: { type: "flex-start", maxRunHours: 24, queued: false },
    }),
    want: [
      [
        "compact",
        "true, with flex-start a3-highgpu-8g",
        "false: flex-start places a3-ultragpu, a4-highgpu alone close together",
        "leave compact out, or choose another capacity",
      ],
    ],
  },
  {
    case: "a network that the machine does not have",
    pool: makeGcpPool({ machine: "a2-highgpu-8g", network: "high-speed" }),
    want: [
      [
        "network",
        '"high-speed" for a2-highgpu-8g',
        `"standard": only ${series} have networks for their accelerators`,
        "leave network out, or choose one of these machines",
      ],
    ],
  },
  {
    case: "a driver of TPUs",
    pool: makeTpuPool({ driver: "LATEST" }),
    want: [
      ["driver", '"LATEST"', "nothing for google-tpu-v5e: its driver is part of the machine", "leave it out"],
    ],
  },
  {
    case: "a slice that the machine makes no part of",
    pool: makeTpuPool({ sliceTopology: "1x1" }),
    want: [
      [
        "sliceTopology",
        '"1x1", with 4 per node',
        "the slices of google-tpu-v5e, each with its acceleratorsPerNode: 1x1 of 1, 2x2 of 4, 2x4 of 8, 2x4 of 4, " +
          "4x4 of 4, 4x8 of 4, 8x8 of 4, 8x16 of 4, 16x16 of 4",
        "choose one of these",
      ],
    ],
  },
  {
    case: "a part of a slice",
    pool: makeTpuPool({ nodes: 6 }),
    want: [
      ["nodes", "6", "a multiple of 4, the hosts of a slice 4x4", "make it 8, or choose smaller slices"],
    ],
  },
  {
    case: "a partition that the GPU lacks",
    pool: makeGcpPool({
      machine: "g2-standard-96",
      sharing: { mode: "mig", layouts: [{ nodes: 4, profiles: { "1g.10gb": 7 } }] },
    }),
    want: [
      [
        "sharing.mode",
        '"mig" for nvidia-l4',
        "an accelerator that has MIG: nvidia-a100-40gb, nvidia-a100-80gb, nvidia-h100-80gb-sxm, " +
          "nvidia-h200-141gb-sxm, nvidia-b200-sxm",
        "choose one of these, or share by time-slicing or mps",
      ],
    ],
  },
  {
    case: "more nodes than a pool of GKE has",
    pool: makeGcpPool({ nodes: 1002, minNodes: 0 }),
    want: [["nodes", "1002", "at most 1000", "lower it to 1000"]],
  },
])("$case", ({ pool, want }) => {
  expect(problems(pool)).toEqual(want);
});

const managed = { region: "us-central1", gpuProfile: "managed" } as const;
const operator = { region: "us-central1", gpuProfile: "operator" } as const;
const partition = (...profiles: Record<string, number>[]) =>
  makeGcpPool({
    nodes: 2 * profiles.length,
    sharing: { mode: "mig", layouts: profiles.map((each) => ({ nodes: 2, profiles: each })) },
  });
const sizes =
  "one layout of one partition size, as often as it fits: 1g.10gb: 7, 1g.20gb: 4, 2g.20gb: 3, 3g.40gb: 2, " +
  "4g.40gb: 1, 7g.80gb: 1";
const smaller = "choose one of these, or set gpuProfile to operator";

test.each<{ case: string; pool: WrittenGcpPool; around: typeof managed | typeof operator; want: Row[] }>([
  { case: "managed", pool: makeGcpPool(), around: managed, want: [] },
  { case: "operator", pool: makeGcpPool(), around: operator, want: [] },
  { case: "one size", pool: partition({ "1g.10gb": 7 }), around: managed, want: [] },
  {
    case: "mixed sizes with the operator",
    pool: partition({ "1g.10gb": 1, "3g.40gb": 1 }),
    around: operator,
    want: [],
  },
  {
    case: "a zone of another region",
    pool: makeGcpPool({ zones: ["us-east4-a"] }),
    around: managed,
    want: [
      [
        "zones.0",
        '"us-east4-a"',
        "a zone of us-central1, the region of the cluster",
        "choose a zone of us-central1, or make a cluster in us-east4",
      ],
    ],
  },
  {
    case: "two sizes of partition",
    pool: partition({ "1g.10gb": 1, "3g.40gb": 1 }),
    around: managed,
    want: [["sharing.layouts", '[{"1g.10gb":1,"3g.40gb":1}]', sizes, smaller]],
  },
  {
    case: "fewer partitions than fit",
    pool: partition({ "1g.10gb": 6 }),
    around: managed,
    want: [["sharing.layouts", '[{"1g.10gb":6}]', sizes, smaller]],
  },
  {
    case: "a partition with engines of its own",
    pool: partition({ "1g.10gb+me": 1 }),
    around: managed,
    want: [["sharing.layouts", '[{"1g.10gb+me":1}]', sizes, smaller]],
  },
  {
    case: "two layouts with the operator",
    pool: partition({ "1g.10gb": 7 }, { "3g.40gb": 2 }),
    around: operator,
    want: [
      [
        "sharing.layouts",
        "2 layouts",
        "one: the nodes of a pool of GKE are alike",
        "make a pool for each layout",
      ],
    ],
  },
  {
    case: "replicas by another name",
    pool: makeGcpPool({ sharing: { mode: "mps", replicas: 4 } }),
    around: managed,
    want: [
      [
        "sharing.rename",
        "true",
        "false: Google's device plugin calls replicas nvidia.com/gpu",
        "set rename to false, or set gpuProfile to operator",
      ],
    ],
  },
  {
    case: "claims",
    pool: makeGcpPool({ sharing: { mode: "dra" } }),
    around: managed,
    want: [
      [
        "sharing.mode",
        '"dra"',
        "dedicated, time-slicing, mps, mig with the GPU profile managed",
        "choose one of these, or set gpuProfile to operator",
      ],
    ],
  },
  {
    case: "a driver of Google's with the operator (F21, F27)",
    pool: makeGcpPool({ driver: "LATEST" }),
    around: operator,
    want: [
      [
        "driver",
        '"LATEST"',
        "nothing with the GPU profile operator, where GKE installs no driver",
        "leave it out, or set gpuProfile to managed",
      ],
    ],
  },
])("in its cluster: $case", ({ pool, around, want }) => {
  expect(rows(placedPoolProblems(readGcpPool(pool), around))).toEqual(want);
});

test("every mistake of a pool is told at once", () => {
  const wrong = makeGcpPool({ nodes: 5, minNodes: 0, zones: ["us-central1-a", "us-central1-f"] });
  expect(problems(wrong).map(([path]) => path)).toEqual(["zones.1", "nodes"]);
});
