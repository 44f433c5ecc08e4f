import { expect, test } from "vitest";
import { poolDevices } from "../../../components/planning/sharing.ts";
import {
  domainLabels,
  domainProblems,
  levelLabels,
  levelOrderProblems,
  levelProblems,
  nodeTopology,
  poolShape,
  roomLevels,
  shapeDomains,
  shapeProblems,
  unknownDomain,
} from "../../../components/planning/topology.ts";

const shape = { nodesPerRack: 2, racksPerBlock: 4 };
const pool = { path: [], name: "h100", nodes: 20, acceleratorsPerNode: 8 };

test.each([
  { case: "the first node", index: 0, block: "h100-block-0", rack: "h100-rack-0" },
  { case: "the last node of the first rack", index: 1, block: "h100-block-0", rack: "h100-rack-0" },
  { case: "the next rack", index: 2, block: "h100-block-0", rack: "h100-rack-1" },
  { case: "the last node of the first block", index: 7, block: "h100-block-0", rack: "h100-rack-3" },
  { case: "the next block", index: 8, block: "h100-block-1", rack: "h100-rack-4" },
])("$case", ({ index, block, rack }) => {
  expect(domainLabels("h100", index, shape)).toEqual({
    "topology.plinth.dev/block": block,
    "topology.plinth.dev/rack": rack,
  });
});

const joined = { nodesPerRack: 4, racksPerBlock: 2, nodesPerNvlinkDomain: 2 };
const [block = "", rack = "", nvlink = "", node = ""] = roomLevels;

test("nodes whose GPUs are joined tell the clique of their pool's own fabric", () => {
  const cliques = [0, 1, 2, 7].map((index) => domainLabels("h100", index, joined)[nvlink] ?? "");
  const [fabric = ""] = cliques[0]?.split(".") ?? [];
  expect(fabric).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(cliques).toEqual([0, 0, 1, 3].map((number) => `${fabric}.${number}`));
  expect(domainLabels("b200", 0, joined)[nvlink]).not.toBe(cliques[0]);
});

test.each([
  { accelerator: "nvidia-h100-80gb-sxm", isJoined: true },
  { accelerator: "nvidia-l40s", isJoined: false },
  { accelerator: "google-tpu-v5e", isJoined: false },
] as const)("NVLink joins what has it: $accelerator", ({ accelerator, isJoined }) => {
  const shape = poolShape({ accelerator }, joined);
  expect(shapeDomains(shape)).toEqual(["block", "rack", ...(isJoined ? ["nvlink"] : []), "node"]);
  expect(shapeDomains(poolShape({ accelerator }, { nodesPerRack: 2, racksPerBlock: 4 }))).toEqual([
    "block",
    "rack",
    "node",
  ]);
});

test("a room's Topology has all levels, whatever its nodes tell: Kueue lets none be added later", () => {
  expect(roomLevels).toEqual([
    "topology.plinth.dev/block",
    "topology.plinth.dev/rack",
    "topology.plinth.dev/nvlink",
    "kubernetes.io/hostname",
  ]);
  expect(nodeTopology(["rack", "node"])).toEqual({
    name: "default",
    levels: roomLevels,
    domains: { rack, node },
  });
});

test.each([
  { case: "everything", told: { [block]: "b", [rack]: "r", [nvlink]: "f.0", [node]: "n" } },
  { case: "no NVLink: it ends at the machine", told: { [block]: "b", [rack]: "r", [node]: "n" }, f: "n" },
  { case: "no blocks: it shares no more than its rack", told: { [rack]: "r", [node]: "n" }, b: "r", f: "n" },
  { case: "NVLink alone", told: { [nvlink]: "f.0", [node]: "n" }, b: "f.0", r: "f.0" },
  { case: "nothing but its name", told: { [node]: "n" }, b: "n", r: "n", f: "n" },
])("a node that tells $case has a label of every level (F48)", ({ told, b = "b", r = "r", f = "f.0" }) => {
  const labels = levelLabels(told);
  expect(Object.entries(labels)).toEqual([
    [block, b],
    [rack, r],
    [nvlink, f],
    [node, "n"],
  ]);
});

test("labels end with what is told", () => {
  expect(levelLabels({})).toEqual({});
  expect(levelLabels({ [rack]: "r" })).toEqual({ [block]: "r", [rack]: "r" });
});

test("a domain of NVLink ends with its rack", () => {
  expect(shapeProblems(["topology"], joined)).toEqual([]);
  expect(shapeProblems(["topology"], shape)).toEqual([]);
  expect(shapeProblems(["topology"], { ...joined, nodesPerRack: 5 })).toEqual([
    {
      path: ["topology", "nodesPerNvlinkDomain"],
      given: "2, with 5 nodes in a rack",
      allowed: "a number that divides nodesPerRack: NVLink joins nodes of one rack",
      remedy: "choose a divisor of 5, or larger racks",
    },
  ]);
});

test("a domain that a pool's nodes do not tell (F48)", () => {
  expect(unknownDomain(["jobs", 0], "rack", "h100", ["rack", "node"])).toEqual([]);
  expect(unknownDomain(["jobs", 0], "nvlink", "h100", ["rack", "node"])).toEqual([
    {
      path: ["jobs", 0, "topology", "domain"],
      given: '"nvlink"',
      allowed: "rack, node: what nodes of pool h100 tell of their place",
      remedy: "name one of these, leave topology out, or run the job in a pool whose nodes tell it",
    },
  ]);
});

test("a gang that is larger than a domain of NVLink", () => {
  const gang = { path: [], nodes: 3, acceleratorsPerNode: 8 };
  expect(domainProblems({ ...gang, nodes: 2 }, "nvlink", pool, joined)).toEqual([]);
  expect(domainProblems(gang, "nvlink", pool, joined)).toMatchObject([
    {
      given: "3 pods of 8 accelerators in one domain of NVLink",
      allowed: "at most 2 (a domain of NVLink of pool h100 has 2 nodes)",
    },
  ]);
  expect(domainProblems(gang, "nvlink", pool, shape)).toEqual([]);
});

const levels = ["topology.plinth.dev/rack", "kubernetes.io/hostname"];

test.each([
  { case: "a level that nodes carry", level: "topology.plinth.dev/rack", want: [] },
  {
    case: "a level that no node carries",
    level: "hpc_island_id",
    want: [
      {
        path: ["topology", "level"],
        given: '"hpc_island_id"',
        allowed: "topology.plinth.dev/rack, kubernetes.io/hostname",
        remedy: "name a level that the pool's nodes carry as a label",
      },
    ],
  },
])("F48: $case", ({ level, want }) => {
  expect(levelProblems(["topology", "level"], level, levels)).toEqual(want);
});

test.each([
  { case: "two whole nodes in a rack", nodes: 2, each: 8, domain: "rack", want: [] },
  { case: "four half nodes in a rack", nodes: 4, each: 4, domain: "rack", want: [] },
  { case: "eight whole nodes in a block", nodes: 8, each: 8, domain: "block", want: [] },
  {
    case: "three whole nodes in a rack of two",
    nodes: 3,
    each: 8,
    domain: "rack",
    want: ["3 pods of 8 accelerators in one rack", "at most 2 (a rack of pool h100 has 2 nodes)"],
  },
  {
    case: "two pods of five accelerators on one node",
    nodes: 2,
    each: 5,
    domain: "node",
    want: ["2 pods of 5 accelerators in one node", "at most 1 (a node of pool h100 has 1 node)"],
  },
] as const)("$case", ({ nodes, each, domain, want }) => {
  const found = domainProblems({ path: [], nodes, acceleratorsPerNode: each }, domain, pool, shape);
  expect(found.flatMap(({ given, allowed }) => [given, allowed])).toEqual(want);
});

test("a domain is never larger than the pool", () => {
  const gang = { path: ["jobs", 0], nodes: 6, acceleratorsPerNode: 8 };
  expect(domainProblems(gang, "block", { ...pool, nodes: 5 }, shape)).toEqual([
    {
      path: ["jobs", 0, "topology"],
      given: "6 pods of 8 accelerators in one block",
      allowed: "at most 5 (a block of pool h100 has 5 nodes)",
      remedy: "require a wider domain, prefer this one instead of requiring it, or make the job smaller",
    },
  ]);
});

test("a node holds as many pods as it has replicas", () => {
  const sharing = { mode: "mps", replicas: 4, rename: true } as const;
  const devices = poolDevices({ ...pool, accelerator: "nvidia-h100-80gb-sxm", sharing });
  const fitting = { path: [], nodes: 32, acceleratorsPerNode: 1 };
  expect(domainProblems(fitting, "node", { ...pool, devices }, shape)).toEqual([]);
  const found = domainProblems({ ...fitting, nodes: 33 }, "node", { ...pool, devices }, shape);
  expect(found.map(({ given }) => given)).toEqual(["33 pods of 1 replicas in one node"]);
});

test.each([
  { case: "from the widest to the node", levels: ["block", "rack", "kubernetes.io/hostname"], want: [] },
  { case: "without the node", levels: ["block", "rack"], want: [] },
  { case: "none", levels: [], want: [["levels", "0 levels"]] },
  {
    case: "seventeen",
    levels: Array.from({ length: 17 }, (_, index) => `level-${index}`),
    want: [["levels", "17 levels"]],
  },
  { case: "one twice", levels: ["rack", "rack"], want: [["levels.1", '"rack", which entry 0 already has']] },
  {
    case: "the node above a rack",
    levels: ["kubernetes.io/hostname", "rack"],
    want: [["levels.0", '"kubernetes.io/hostname"']],
  },
])("levels of a cluster: $case", ({ levels, want }) => {
  const problems = levelOrderProblems(["levels"], levels);
  expect(problems.map(({ path, given }) => [path.join("."), given])).toEqual(want);
});
