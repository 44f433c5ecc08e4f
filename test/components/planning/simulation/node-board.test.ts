import { expect, test } from "vitest";
import {
  type BoardPool,
  NodeBoard,
  type PodRequest,
} from "../../../../components/planning/simulation/node-board.ts";

const pool: BoardPool = { name: "p", nodes: 8, acceleratorsPerNode: 8, nodesPerRack: 2, racksPerBlock: 2 };

/** The nodes' accelerators that are in use, first node first; then what the request gets, node by node. */
function placed(used: readonly number[], request: PodRequest, change: Partial<BoardPool> = {}) {
  const board = new NodeBoard({ ...pool, ...change });
  for (const [node, accelerators] of used.entries()) board.occupy([{ node, pods: 1 }], accelerators, 1);
  return board.place(request)?.map(({ node, pods }) => `${pods} on ${node}`);
}

const rack = { mode: "required", domain: "rack" } as const;
const preferRack = { mode: "preferred", domain: "rack" } as const;

test.each([
  { case: "one pod where least is free", used: [0, 4, 6], request: [1, 2], want: ["1 on 2"] },
  { case: "the first of equals", used: [8], request: [1, 8], want: ["1 on 1"] },
  { case: "all pods on one node if one has room", used: [7, 4], request: [3, 1], want: ["3 on 1"] },
  {
    case: "otherwise from the fullest node up",
    used: [7, 0, 8, 8, 8, 8, 8, 4],
    request: [10, 1],
    want: ["1 on 0", "5 on 1", "4 on 7"],
  },
  {
    case: "nothing if one pod is left over",
    used: [8, 8, 8, 8, 8, 8, 0, 0],
    request: [3, 8],
    want: undefined,
  },
])("no topology: $case", ({ used, request: [nodes = 0, acceleratorsPerNode = 0], want }) => {
  expect(placed(used, { nodes, acceleratorsPerNode })).toEqual(want);
});

test.each([
  {
    case: "the rack with least to spare",
    used: [8, 0, 8, 0, 8, 0, 0, 0],
    request: { nodes: 1, acceleratorsPerNode: 8, topology: rack },
    want: ["1 on 1"],
  },
  {
    case: "nothing if no rack has room, though nodes have",
    used: [8, 0, 8, 0, 8, 0, 8, 0],
    request: { nodes: 2, acceleratorsPerNode: 8, topology: rack },
    want: undefined,
  },
  {
    case: "a preference gives way to the block",
    used: [8, 0, 8, 0, 8, 0, 8, 8],
    request: { nodes: 2, acceleratorsPerNode: 8, topology: preferRack },
    want: ["1 on 1", "1 on 3"],
  },
  {
    case: "and to no domain at all",
    used: [8, 0, 8, 0, 8, 0, 8, 0],
    request: { nodes: 3, acceleratorsPerNode: 8, topology: preferRack },
    want: ["1 on 1", "1 on 3", "1 on 5"],
  },
  {
    case: "a node",
    used: [4, 8],
    request: { nodes: 2, acceleratorsPerNode: 2, topology: { mode: "required", domain: "node" } },
    want: ["2 on 0"],
  },
  {
    case: "of the racks chosen, the emptiest nodes first, whatever rack they are of",
    used: [8, 8, 8, 8, 4, 4, 0, 4],
    request: { nodes: 4, acceleratorsPerNode: 4, topology: { mode: "required", domain: "block" } },
    want: ["1 on 4", "1 on 5", "2 on 6"],
  },
] as const)("topology: $case", ({ used, request, want }) => {
  expect(placed(used, request)).toEqual(want);
});

test("names decide between equals, and node 10 comes before node 2", () => {
  const used = [8, 8];
  expect(placed(used, { nodes: 1, acceleratorsPerNode: 8 }, { nodes: 12, nodesPerRack: 12 })).toEqual([
    "1 on 10",
  ]);
});

test("whether a gang could ever be placed does not depend on who runs", () => {
  const board = new NodeBoard(pool);
  board.occupy([{ node: 0, pods: 8 }], 1, 1);
  expect(board.couldEverPlace({ nodes: 8, acceleratorsPerNode: 8 })).toBe(true);
  expect(board.couldEverPlace({ nodes: 9, acceleratorsPerNode: 8 })).toBe(false);
  expect(board.couldEverPlace({ nodes: 3, acceleratorsPerNode: 8, topology: rack })).toBe(false);
  expect(board.couldEverPlace({ nodes: 1, acceleratorsPerNode: 9 })).toBe(false);
});

test("a placement holds as long as each of its nodes has room", () => {
  const board = new NodeBoard(pool);
  const shares = [{ node: 3, pods: 2 }];
  expect(board.holds(shares, 4)).toBe(true);
  board.occupy([{ node: 3, pods: 1 }], 1, 1);
  expect([board.holds(shares, 4), board.holds(shares, 3)]).toEqual([false, true]);
  board.occupy([{ node: 3, pods: 1 }], 1, -1);
  expect(board.holds(shares, 4)).toBe(true);
});

test.each([
  { case: "which two free nodes of a rack are not", used: [0, 8, 0, 8], want: undefined },
  { case: "the one with room for it", used: [8, 0, 0, 0], want: ["1 on 2", "1 on 3"] },
])("a gang in one domain of NVLink: $case", ({ used, want }) => {
  const joined = { nodes: 4, nodesPerRack: 4, nodesPerNvlinkDomain: 2 };
  const topology = { mode: "required", domain: "nvlink" } as const;
  expect(placed(used, { nodes: 2, acceleratorsPerNode: 8, topology }, joined)).toEqual(want);
});

test("where NVLink ends at the machine, no gang shares a domain of it", () => {
  const topology = { mode: "required", domain: "nvlink" } as const;
  expect(placed([], { nodes: 1, acceleratorsPerNode: 8, topology })).toBe(undefined);
});
