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

const deep = ["block", "rack", "clique", "kubernetes.io/hostname"];

test("a level that the nodes of a pool lack keeps its tier", () => {
  const pools = [{ domains: [{ ...node("b0", "r0"), clique: "c0" }] }, { domains: [node("b0", "r1")] }];
  expect(hyperNodes(pools, deep)).toMatchObject([
    { name: "b0.r0.c0", spec: { tier: 1 } },
    { name: "b0.r0", spec: { tier: 2, members: [{ type: "HyperNode" }] } },
    {
      name: "b0.r1",
      spec: {
        tier: 2,
        members: [{ selector: { labelMatch: { matchLabels: { block: "b0", rack: "r1" } } } }],
      },
    },
    { name: "b0", spec: { tier: 3 } },
  ]);
});

test("nodes beside narrower domains have a HyperNode of their own, no narrower than the whole", () => {
  const joined = ["c0", "c1"].map((clique) => ({ ...node("b0", "r0"), clique }));
  const [, , rest, whole, ...others] = hyperNodes([{ domains: [...joined, node("b0", "r0")] }], deep) ?? [];
  expect(rest).toEqual({
    name: "b0.r0.rest",
    spec: {
      tier: 2,
      members: [
        {
          type: "Node",
          selector: {
            labelMatch: {
              matchLabels: { block: "b0", rack: "r0" },
              matchExpressions: [{ key: "clique", operator: "NotIn", values: ["c0", "c1"] }],
            },
          },
        },
      ],
    },
  });
  expect(whole).toEqual({
    name: "b0.r0",
    spec: {
      tier: 2,
      members: ["b0.r0.c0", "b0.r0.c1", "b0.r0.rest"].map((name) => ({
        type: "HyperNode",
        selector: { exactMatch: { name } },
      })),
    },
  });
  expect(others.map(({ name }) => name)).toEqual(["b0"]);
});

test("its name is none that a domain has", () => {
  const named = { ...node("b0", "r0"), clique: "rest" };
  const found = hyperNodes([{ domains: [named, node("b0", "r0")] }], deep);
  expect(found?.map(({ name }) => name)).toEqual(["b0.r0.rest", "b0.r0.rest-rest", "b0.r0", "b0"]);
});
