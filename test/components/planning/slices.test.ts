import { expect, test } from "vitest";
import {
  poolSliceProblems,
  poolSlices,
  type SlicedPool,
  sliceDomainProblems,
  sliceGangProblems,
} from "../../../components/planning/slices.ts";

const valid: SlicedPool = {
  accelerator: "google-tpu-v5e",
  nodes: 4,
  acceleratorsPerNode: 4,
  sliceTopology: "2x4",
};

test.each([
  {
    case: "several hosts: the node pool is the slice",
    pool: valid,
    want: { topology: "2x4", chipsPerHost: 4, hosts: 2, level: "cloud.google.com/gke-nodepool" },
  },
  {
    case: "one host: the node is the slice",
    pool: { ...valid, acceleratorsPerNode: 8 },
    want: { topology: "2x4", chipsPerHost: 8, hosts: 1, level: "kubernetes.io/hostname" },
  },
  { case: "no such slice", pool: { ...valid, sliceTopology: "3x3" }, want: undefined },
  {
    case: "GPUs",
    pool: { accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 4 } as const,
    want: undefined,
  },
])("slices: $case", ({ pool, want }) => {
  expect(poolSlices(pool)).toEqual(want);
});

const known = "1x1 of 1, 2x2 of 4, 2x4 of 8, 2x4 of 4, 4x4 of 4, 4x8 of 4, 8x8 of 4, 8x16 of 4, 16x16 of 4";

function shapeProblem(given: string) {
  return {
    path: ["sliceTopology"],
    given,
    allowed: `the slices of google-tpu-v5e, each with its acceleratorsPerNode: ${known}`,
    remedy: "choose one of these",
  };
}

test.each([
  { case: "two whole slices", pool: valid, want: [] },
  {
    case: "a topology that the type does not have",
    pool: { ...valid, sliceTopology: "2x2x2" },
    want: [shapeProblem('"2x2x2", with 4 per node')],
  },
  {
    case: "a topology of hosts of another size",
    pool: { ...valid, acceleratorsPerNode: 8, sliceTopology: "4x4" },
    want: [shapeProblem('"4x4", with 8 per node')],
  },
  {
    case: "no topology",
    pool: { ...valid, sliceTopology: undefined },
    want: [shapeProblem("nothing, with 4 per node")],
  },
  {
    case: "hosts that are left over",
    pool: { ...valid, nodes: 5 },
    want: [
      {
        path: ["nodes"],
        given: "5",
        allowed: "a multiple of 2, the hosts of a slice 2x4",
        remedy: "make it 6, or choose smaller slices",
      },
    ],
  },
  {
    case: "slices of GPUs",
    pool: { ...valid, accelerator: "nvidia-l4" } as const,
    want: [
      {
        path: ["sliceTopology"],
        given: '"2x4"',
        allowed: "nothing with nvidia-l4: slices have google-tpu-v5e, google-tpu-v5p, google-tpu-v6e",
        remedy: "leave sliceTopology out, or choose one of these accelerators",
      },
    ],
  },
])("pool: $case", ({ pool, want }) => {
  expect(poolSliceProblems(pool)).toEqual(want);
});

const slices = { topology: "2x4", chipsPerHost: 4, hosts: 2, level: "cloud.google.com/gke-nodepool" };

test.each([
  { case: "one whole slice", nodes: 2, acceleratorsPerNode: 4, given: undefined },
  { case: "a host too few", nodes: 1, acceleratorsPerNode: 4, given: "1 node of 4" },
  { case: "two slices", nodes: 4, acceleratorsPerNode: 4, given: "4 nodes of 4" },
  { case: "part of each host", nodes: 2, acceleratorsPerNode: 2, given: "2 nodes of 2" },
])("gang: $case (F40)", ({ nodes, acceleratorsPerNode, given }) => {
  const problem = {
    path: ["jobs", 0, "nodes"],
    given,
    allowed: "2 nodes of 4: one whole slice 2x4 of pool tpu",
    remedy: "ask for 2 nodes of 4, or choose a pool of other slices",
  };
  const gang = { path: ["jobs", 0], nodes, acceleratorsPerNode };
  expect(sliceGangProblems(gang, "tpu", slices)).toEqual(given === undefined ? [] : [problem]);
});

test("a domain of its own", () => {
  expect(sliceDomainProblems(["jobs", 0], "tpu")).toEqual([
    {
      path: ["jobs", 0, "topology"],
      given: "a network domain",
      allowed: "nothing in pool tpu: a gang there has one slice, whole",
      remedy: "leave topology out",
    },
  ]);
});
