import { expect, test } from "vitest";
import {
  hasLabels,
  lastingTaints,
  selectedNodes,
  writtenTaint,
} from "../../../components/planning/site-inventory.ts";
import { makeInventory, siteNode } from "../../support/site.ts";

test("a pool's nodes have all labels of its selector, and come in the order of their names", () => {
  const { nodes } = makeInventory();
  const names = (selector: Record<string, string>) => selectedNodes(nodes, selector).map(({ name }) => name);
  expect(names({ "example.org/pool": "h100" })).toEqual(["gpu-1", "gpu-2"]);
  expect(names({ "example.org/pool": "h100", "kubernetes.io/hostname": "gpu-2" })).toEqual(["gpu-2"]);
  expect(names({ "example.org/pool": "H100" })).toEqual([]);
});

test.each<{ wanted: Record<string, string>; want: boolean }>([
  { wanted: {}, want: true },
  { wanted: { rack: "r1" }, want: true },
  { wanted: { rack: "r1", machine: "dgx" }, want: true },
  { wanted: { rack: "r1", machine: "hgx" }, want: false },
  { wanted: { row: "r1" }, want: false },
])("a node of machine dgx in rack r1 has the labels $wanted: $want", ({ wanted, want }) => {
  expect(hasLabels({ labels: { rack: "r1", machine: "dgx", zone: "a" } }, wanted)).toBe(want);
});

test("taints of Kubernetes and of this platform come and go; the site's own stay", () => {
  const taint = (key: string) => ({ key, value: "", effect: "NoSchedule" as const });
  const taints = [
    taint("node.kubernetes.io/not-ready"),
    taint("node-role.kubernetes.io/control-plane"),
    taint("plinth.dev/unhealthy"),
    { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" as const },
    taint("example.org/gpu"),
  ];
  expect(lastingTaints({ ...siteNode("gpu-1"), taints }).map(writtenTaint)).toEqual([
    "example.org/gpu:NoSchedule",
    "node-role.kubernetes.io/control-plane:NoSchedule",
    "nvidia.com/gpu=present:NoSchedule",
  ]);
});
