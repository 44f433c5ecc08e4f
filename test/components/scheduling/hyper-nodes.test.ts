import { expect, test } from "vitest";
import { hyperNodes } from "../../../components/scheduling/hyper-nodes.ts";

const levels = ["block", "rack", "kubernetes.io/hostname"];
const node = (block: string, rack: string) => ({ block, rack });

test("racks of their nodes by labels, blocks of their racks by name, narrow ones first", () => {
  const pools = [{ domains: [node("b0", "r0"), node("b0", "r0"), node("b0", "r1")] }];
  expect(hyperNodes(pools, levels)).toEqual([
    {
      name: "b0.r0",
      spec: {
        tier: 1,
        members: [{ type: "Node", selector: { labelMatch: { matchLabels: { block: "b0", rack: "r0" } } } }],
      },
    },
    {
      name: "b0.r1",
      spec: {
        tier: 1,
        members: [{ type: "Node", selector: { labelMatch: { matchLabels: { block: "b0", rack: "r1" } } } }],
      },
    },
    {
      name: "b0",
      spec: {
        tier: 2,
        members: [
          { type: "HyperNode", selector: { exactMatch: { name: "b0.r0" } } },
          { type: "HyperNode", selector: { exactMatch: { name: "b0.r1" } } },
        ],
      },
    },
  ]);
});

test.each([
  {
    case: "racks of the same name in two blocks are two domains",
    pools: [{ domains: [node("b0", "r0"), node("b1", "r0")] }],
    want: ["b0.r0", "b1.r0", "b0", "b1"],
  },
  {
    case: "pools that share a rack share its domain",
    pools: [{ domains: [node("b0", "r0")] }, { domains: [node("b0", "r0")] }],
    want: ["b0.r0", "b0"],
  },
  { case: "no nodes, no domains", pools: [{ domains: [] }], want: [] },
  {
    case: "a pool whose domains are not known leaves all to Volcano",
    pools: [{ domains: [node("b0", "r0")] }, {}],
    want: undefined,
  },
])("$case", ({ pools, want }) => {
  expect(hyperNodes(pools, levels)?.map(({ name }) => name)).toEqual(want);
});

test("a level that the nodes of a pool lack keeps its tier, and their own domains hold them directly", () => {
  const nvlink = { block: "b0", rack: "r0", clique: "c0" };
  const pools = [{ domains: [nvlink] }, { domains: [node("b0", "r1")] }, { domains: [node("b0", "r0")] }];
  const found = hyperNodes(pools, ["block", "rack", "clique", "kubernetes.io/hostname"]);
  const membersOf = (name: string) => {
    const spec = found?.find((domain) => domain.name === name)?.spec;
    return [spec?.tier, spec?.members.map(({ type, selector }) => [type, Object.values(selector)[0]])];
  };
  const labels = (matchLabels: object) => ["Node", { matchLabels }];
  expect(found?.map(({ name }) => name)).toEqual(["b0.r0.c0", "b0.r0", "b0.r1", "b0"]);
  expect(membersOf("b0.r0.c0")).toEqual([1, [labels(nvlink)]]);
  expect(membersOf("b0.r0")).toEqual([
    2,
    [["HyperNode", { name: "b0.r0.c0" }], labels({ block: "b0", rack: "r0" })],
  ]);
  expect(membersOf("b0.r1")).toEqual([2, [labels({ block: "b0", rack: "r1" })]]);
  expect(membersOf("b0")).toEqual([
    3,
    [
      ["HyperNode", { name: "b0.r0" }],
      ["HyperNode", { name: "b0.r1" }],
    ],
  ]);
});
