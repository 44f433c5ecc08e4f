import { expect, test } from "vitest";
import {
  alike,
  attention,
  decoder,
  gated,
  layersOf,
  mixture,
} from "../../../components/catalogue/model-layers.ts";

test("layers differ by their place, or are all the same", () => {
  expect(layersOf(3, (norms) => ({ norms }))).toEqual([{ norms: 0 }, { norms: 1 }, { norms: 2 }]);
  const layer = decoder(attention(4, 2, 64), gated(512));
  expect(alike(2, attention(4, 2, 64), gated(512))).toEqual([layer, layer]);
  expect(layer).toEqual({
    mixer: { kind: "attention", heads: 4, keyValueHeads: 2, headSize: 64 },
    feedForward: { kind: "dense", size: 512, gated: true },
    norms: 2,
  });
});

test("equal layers are one object", () => {
  const layers = layersOf(4, (index) => decoder(attention(4, 2, 64), gated(index % 2 === 0 ? 512 : 256)));
  expect(new Set(layers).size).toBe(2);
  expect(layers[2]).toBe(layers[0]);
});

test("experts share nothing unless it is said", () => {
  expect(mixture(8, 2, 64)).toEqual({ kind: "mixture", experts: 8, active: 2, size: 64, sharedSize: 0 });
  expect(mixture(8, 2, 64, { sharedSize: 128 }).sharedSize).toBe(128);
});
