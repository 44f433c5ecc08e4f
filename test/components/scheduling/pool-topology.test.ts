import { expect, test } from "vitest";
import { tpuNodeLabels } from "../../../components/cluster/tpu-labels.ts";
import { poolSlices } from "../../../components/planning/slices.ts";
import { nodeTopology, roomLevels } from "../../../components/planning/topology.ts";
import {
  placementLevels,
  poolTopologies,
  poolTopology,
} from "../../../components/scheduling/pool-topology.ts";

const room = ["block", "rack", "kubernetes.io/hostname"];
const tpu = { accelerator: "google-tpu-v5e", nodes: 4, sliceTopology: "2x4" } as const;
const gpus = {};
const layers = ["zone", "layer", "kubernetes.io/hostname"];
const placed = { topology: { name: "layers", levels: layers, domains: { rack: "layer" } } };
const several = { slices: poolSlices({ ...tpu, acceleratorsPerNode: 4 }) };
const single = { slices: poolSlices({ ...tpu, acceleratorsPerNode: 8 }) };

test.each([
  { case: "GPUs stand in the machine room", pool: gpus, want: { name: "default", levels: room } },
  { case: "nodes that tell more", pool: placed, want: { name: "layers", levels: layers } },
  {
    case: "slices of several hosts",
    pool: several,
    want: { name: "tpu-slices", levels: ["cloud.google.com/gke-nodepool", "kubernetes.io/hostname"] },
  },
  {
    case: "hosts that are a slice",
    pool: single,
    want: { name: "tpu-hosts", levels: ["kubernetes.io/hostname"] },
  },
])("$case", ({ pool, want }) => {
  expect(poolTopology(pool, room)).toEqual(want);
});

test("every level is a label that the nodes of the pool carry (F48)", () => {
  const request = { ...tpu, sharing: { mode: "dedicated" } } as const;
  for (const acceleratorsPerNode of [4, 8]) {
    const pool = { ...request, acceleratorsPerNode };
    const labels = { ...tpuNodeLabels("tpu", 0, pool), "kubernetes.io/hostname": "tpu-0" };
    const { levels } = poolTopology({ slices: poolSlices(pool) }, room);
    expect(levels.filter((level) => !(level in labels))).toEqual([]);
  }
});

test("pools share what they have in common, and the machine room is always there", () => {
  const names = (pools: Parameters<typeof poolTopologies>[0]) =>
    poolTopologies(pools, room).map(({ name }) => name);
  expect(names([several, single, several])).toEqual(["default", "tpu-slices", "tpu-hosts"]);
  expect(names([gpus])).toEqual(["default"]);
  expect(names([gpus, placed, placed])).toEqual(["default", "layers"]);
});

test("jobs name what the nodes of their pool tell, and with Volcano what all nodes do (F48)", () => {
  const cluster = ["zone", "kubernetes.io/hostname"];
  expect(placementLevels(gpus, "kueue", cluster)).toEqual(cluster);
  expect(placementLevels(placed, "kueue", cluster)).toEqual(layers);
  expect(placementLevels(placed, "volcano", cluster)).toEqual(cluster);
  const room = { topology: nodeTopology(["rack", "node"]) };
  const [, rack, , node] = roomLevels;
  for (const backend of ["kueue", "volcano"] as const) {
    expect(placementLevels(room, backend, roomLevels)).toEqual([rack, node]);
  }
  const fewer = { topology: { ...placed.topology, levels: ["kubernetes.io/hostname"] } };
  expect(placementLevels(fewer, "volcano", cluster)).toEqual(["kubernetes.io/hostname"]);
});
