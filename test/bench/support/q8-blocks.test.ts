/** A scale for 32 weights, and a byte for each. */
import { expect, test } from "vitest";
import { q8Blocks } from "../../../bench/support/q8-blocks.ts";

test("the largest weight of a block becomes 127, the others their share of it, and zeros stay", () => {
  // 1, -0.5, 0.25 and zeros; then a block of zeros alone.
  const values = Uint16Array.from({ length: 64 }, (_, index) => [0x3f80, 0xbf00, 0x3e80][index] ?? 0);
  const blocks = new DataView(q8Blocks(values).buffer);
  expect(blocks.byteLength).toBe(68);
  expect(blocks.getFloat16(0, true)).toBeCloseTo(1 / 127, 5);
  expect([0, 1, 2, 3, 31].map((index) => blocks.getInt8(2 + index))).toEqual([127, -63, 32, 0, 0]);
  expect(Array.from({ length: 34 }, (_, index) => blocks.getUint8(34 + index)).some(Boolean)).toBe(false);
});
