import { expect, test } from "vitest";
import { declaredNodes, nodesWithLabels } from "../../policies/pool-capacity.ts";
import { makeNode, makeResource, makeTeam } from "../support/policy-objects.ts";

test("reads labels and amounts of the nodes that a stack declares", () => {
  const [node, ...others] = declaredNodes([makeNode("h100-0", "h100"), makeTeam().namespace]);
  expect(others).toEqual([]);
  expect(node?.labels).toEqual({ "plinth.dev/pool": "h100" });
  expect(node?.allocatable?.get("nvidia.com/gpu")).toBe(8_000_000_000n);
  expect(node?.allocatable?.get("memory")).toBe(2n ** 40n * 10n ** 9n);
});

test.each([
  { case: "no status", props: {} },
  { case: "no allocatable", props: { status: {} } },
])("a node with $case has no known size", ({ props }) => {
  expect(declaredNodes([makeResource("core/v1:Node", props)])).toEqual([
    { labels: {}, allocatable: undefined },
  ]);
});

const nodes = declaredNodes([makeNode("a", "h100"), makeNode("b", "l40s")]);

test.each<{ case: string; labels: Record<string, string>; want: string[] }>([
  { case: "one label", labels: { "plinth.dev/pool": "l40s" }, want: ["l40s"] },
  { case: "a label that no node has", labels: { "plinth.dev/pool": "l40s", zone: "a" }, want: [] },
  { case: "another value", labels: { "plinth.dev/pool": "L40S" }, want: [] },
  { case: "no labels", labels: {}, want: ["h100", "l40s"] },
])("nodes by $case", ({ labels, want }) => {
  expect(nodesWithLabels(nodes, labels).map((node) => node.labels["plinth.dev/pool"])).toEqual(want);
});

test("a node offers the devices of its slices beside what its status says", () => {
  const devices = [{ attributes: { type: { string: "gpu" } } }];
  const slice = makeResource("resource.k8s.io/v1:ResourceSlice", {
    spec: { driver: "gpu.nvidia.com", nodeName: "a", devices },
  });
  const node = makeResource("core/v1:Node", {
    metadata: { name: "a" },
    status: { allocatable: { cpu: "8" } },
  });
  const [offered] = declaredNodes([node, slice]);
  expect(Object.fromEntries(offered?.allocatable ?? [])).toEqual({
    cpu: 8n * 10n ** 9n,
    "nvidia.com/gpu": 10n ** 9n,
  });
});
