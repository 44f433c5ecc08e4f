import { expect, test } from "vitest";
import {
  alone,
  layerGroups,
  ranks,
  stageLayers,
  stageSizes,
} from "../../../../components/planning/models/parallelism.ts";

test.each([
  { layers: 32, stages: 1, want: [32] },
  { layers: 32, stages: 4, want: [8, 8, 8, 8] },
  { layers: 61, stages: 2, want: [31, 30] },
  { layers: 7, stages: 4, want: [2, 2, 2, 1] },
])("$layers layers in $stages stages: what is left over goes before the last", ({ layers, stages, want }) => {
  expect(stageSizes(layers, stages)).toEqual(want);
});

test("stages take the layers in their order", () => {
  const layers = [1, 2, 3].map((norms) => ({ norms }));
  const parallelism = { ...alone, pipeline: 2 };
  expect([0, 1].map((stage) => stageLayers({ layers }, parallelism, stage))).toEqual([
    layers.slice(0, 2),
    layers.slice(2),
  ]);
});

test("accelerators multiply", () => {
  expect(ranks({ tensor: 8, pipeline: 2, data: 3, expert: true })).toBe(48);
});

test("equal layers are counted together where they are one object", () => {
  const [one, other] = [{ norms: 1 }, { norms: 2 }];
  expect(layerGroups([one, other, one])).toEqual([
    { layer: one, count: 2 },
    { layer: other, count: 1 },
  ]);
});
