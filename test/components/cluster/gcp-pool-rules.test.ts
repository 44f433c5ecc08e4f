import { describe, expect, test } from "vitest";
import { gcpPool } from "../../../components/cluster/gcp-pool.ts";
import { placedPoolProblems } from "../../../components/cluster/gcp-pool-rules.ts";
import { problemsOf } from "../../../components/config-problems.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import { poolMistakes, type Row } from "../../support/gcp-pool-mistakes.ts";
import { makeGcpPool, readGcpPool, type WrittenGcpPool } from "../../support/gcp-pools.ts";

function rows(problems: readonly Problem[]): Row[] {
  return problems.map(({ path, given, allowed, remedy }) => [path.join("."), given, allowed, remedy]);
}

function problems(written: WrittenGcpPool): Row[] {
  const issues = gcpPool.safeParse(written).error?.issues ?? [];
  return rows(issues.flatMap((issue) => problemsOf(issue, gcpPool, written)));
}

describe("what GKE would refuse is refused before it is asked, with its zones (F100)", () => {
  test.each(poolMistakes)("$case", ({ pool, want }) => {
    expect(problems(pool)).toEqual(want);
  });
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
