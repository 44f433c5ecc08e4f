import { expect, test } from "vitest";
import { acceleratorIds, machineFor, type TpuAcceleratorId } from "../../../components/catalogue/hardware.ts";
import { sliceShapes, tpuSlices } from "../../../components/catalogue/tpu-slices.ts";

const ids = Object.keys(tpuSlices) as TpuAcceleratorId[];

test.each(ids)("%s: the hosts of a shape carry exactly its chips, on machines that exist", (id) => {
  for (const { topology, chipsPerHost, hosts } of tpuSlices[id].shapes) {
    const chips = topology.split("x").reduce((product, side) => product * Number(side), 1);
    expect(chipsPerHost * hosts, topology).toBe(chips);
    expect(machineFor(id, chipsPerHost), topology).toBeDefined();
  }
});

test.each(ids)("%s: each shape once, with its source", (id) => {
  const { shapes, source, date } = tpuSlices[id];
  const names = shapes.map(({ topology, chipsPerHost }) => `${topology} of ${chipsPerHost}`);
  expect(new Set(names).size).toBe(names.length);
  expect(source.length).toBeGreaterThan(20);
  expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});

test("two axes on v5e and v6e, three on v5p", () => {
  const axes = ids.map(
    (id) => new Set(tpuSlices[id].shapes.map(({ topology }) => topology.split("x").length)),
  );
  expect(axes).toEqual([new Set([2]), new Set([3]), new Set([2])]);
});

test("accelerators that come in slices are the TPUs", () => {
  expect(acceleratorIds.filter((id) => sliceShapes(id))).toEqual(ids);
});
