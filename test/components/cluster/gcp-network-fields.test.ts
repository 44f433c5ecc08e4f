import { expect, test } from "vitest";
import { networkField, networkProblems } from "../../../components/cluster/gcp-network-fields.ts";

const ranges = networkField.parse({});

test.each([
  { case: "the defaults hold the most nodes that fit their pods", spoil: {}, nodes: 4092, want: [] },
  {
    case: "one node more than addresses of nodes",
    spoil: {},
    nodes: 4093,
    want: [
      [
        "network.nodes",
        "10.0.0.0/20, room for 4092 nodes",
        "room for 4093, all nodes of the pools at their most and of the system pool",
      ],
    ],
  },
  {
    case: "too few addresses of pods",
    spoil: { pods: "10.64.0.0/18" },
    nodes: 65,
    want: [
      [
        "network.pods",
        "10.64.0.0/18, room for 64 nodes",
        "room for 65, all nodes of the pools at their most and of the system pool",
      ],
    ],
  },
  {
    case: "Services within the pods",
    spoil: { services: "10.79.240.0/20" },
    nodes: 1,
    want: [["network.services", "10.79.240.0/20", "addresses apart from those of pods, 10.64.0.0/12"]],
  },
  { case: "Services right after the pods", spoil: { services: "10.80.0.0/20" }, nodes: 1, want: [] },
])("$case", ({ spoil, nodes, want }) => {
  const found = networkProblems({ ...ranges, ...spoil }, nodes);
  expect(found.map(({ path, given, allowed }) => [path.join("."), given, allowed])).toEqual(want);
});

test("what is no network is refused", () => {
  expect(networkField.safeParse({ nodes: "10.0.0.0/30" }).success).toBe(false);
  expect(networkField.safeParse({ nodes: "10.0.0.0" }).success).toBe(false);
});
