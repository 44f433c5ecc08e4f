import { expect, test } from "vitest";
import { generationMark, poolMembers } from "../../../components/cluster/gcp-generation.ts";
import { makeGcpPool, makeTpuPool, readGcpPool, type WrittenGcpPool } from "../../support/gcp-pools.ts";

const mark = (changes: Partial<WrittenGcpPool> = {}) => generationMark(readGcpPool(makeGcpPool(changes)));

test("one member in each zone, with its part of the nodes (F98)", () => {
  expect(poolMembers(readGcpPool(makeGcpPool({ minNodes: 2 })))).toEqual([
    { part: "a", name: `h100-a-${mark()}`, zone: "us-central1-a", nodes: 2, minNodes: 1 },
    { part: "b", name: `h100-b-${mark()}`, zone: "us-central1-b", nodes: 2, minNodes: 1 },
  ]);
});

test("one member for each slice of several hosts", () => {
  const members = poolMembers(readGcpPool(makeTpuPool()));
  expect(members.map(({ part, nodes, minNodes }) => [part, nodes, minNodes])).toEqual([
    ["a0", 4, 4],
    ["a1", 4, 4],
  ]);
});

test("slices of one host share a member, and slices that come on demand begin with none", () => {
  const single = makeTpuPool({ machine: "ct5lp-hightpu-8t", sliceTopology: "2x4", nodes: 3 });
  expect(poolMembers(readGcpPool(single)).map(({ part, nodes }) => [part, nodes])).toEqual([["a", 3]]);
  const rare = makeTpuPool({ capacity: { type: "flex-start", maxRunHours: 4 } });
  expect(poolMembers(readGcpPool(rare)).map(({ nodes, minNodes }) => [nodes, minNodes])).toEqual([
    [4, 0],
    [4, 0],
  ]);
});

test.each<{ case: string; changes: Partial<WrittenGcpPool> }>([
  { case: "machine", changes: { machine: "a3-highgpu-4g" } },
  { case: "capacity", changes: { capacity: { type: "spot" } } },
  { case: "sharing", changes: { sharing: { mode: "mps", replicas: 4, rename: false } } },
  { case: "compact placement", changes: { compact: true, zones: ["us-central1-a"] } },
  { case: "driver (F106)", changes: { driver: "LATEST" } },
  { case: "disk", changes: { diskGiB: 300 } },
  { case: "generation", changes: { generation: 2 } },
])("another $case is another generation", ({ changes }) => {
  expect(mark(changes)).not.toBe(mark());
});

test("another network is another generation, and so is another placement within a reservation", () => {
  const mega = { machine: "a3-megagpu-8g" } as const;
  expect(mark({ ...mega, network: "high-speed" })).not.toBe(mark(mega));
  const placed = (placementPolicy: string) => {
    const capacity = { type: "reservation", reservation: "h100s", placementPolicy } as const;
    return mark({ zones: ["us-central1-a"], compact: true, capacity });
  };
  expect(placed("near")).not.toBe(placed("nearer"));
});

test.each<{ case: string; changes: Partial<WrittenGcpPool> }>([
  { case: "more nodes", changes: { nodes: 8 } },
  { case: "another least", changes: { minNodes: 0 } },
  {
    case: "a further zone",
    changes: { zones: ["us-central1-a", "us-central1-b", "us-central1-c"], nodes: 6 },
  },
])("$case: the same nodes (F104)", ({ changes }) => {
  expect(mark(changes)).toBe(mark());
});

test("layouts are compared by their profiles, not by the number of their nodes", () => {
  const layout = (nodes: number) => {
    const layouts = [{ nodes, profiles: { "1g.10gb": 7 } }];
    return mark({ nodes, sharing: { mode: "mig", layouts } });
  };
  expect(layout(4)).toBe(layout(8));
});

test("what the cluster decides for its nodes counts too, whatever the order of its fields", () => {
  const pool = readGcpPool(makeGcpPool());
  expect(generationMark(pool, { gpuProfile: "operator" })).not.toBe(
    generationMark(pool, { gpuProfile: "managed" }),
  );
  expect(generationMark(pool, { a: 1, b: 2 })).toBe(generationMark(pool, { b: 2, a: 1 }));
});
