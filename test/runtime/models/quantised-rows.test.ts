import { expect, test } from "vitest";
import { floatsOf, isQuantisable, packCodes, quantiseRow } from "../../../runtime/models/quantised-rows.ts";

function quantised(row: readonly number[], bits: 4 | 8, group: number) {
  const codes = new Int8Array(row.length);
  const scales = new Uint16Array(row.length / group);
  const isWhole = quantiseRow(Float32Array.from(row), { bits, group }, codes, scales);
  const bytes = new Uint8Array(scales.buffer);
  return { isWhole, codes: [...codes], scales: [...floatsOf(bytes, "BF16")] };
}

test.each([
  // The largest is half a step beyond the last code; what lies between two codes goes to the even one.
  { case: "4 bits", row: [7.5, -7.5, 3.5, -2.5, 0.25, 0], bits: 4, want: [7, -8, 4, -2, 0, 0], scale: 1 },
  { case: "a smaller scale", row: [1.875, -1, 0.5, 0.1], bits: 4, want: [7, -4, 2, 0], scale: 0.25 },
  { case: "8 bits", row: [127.5, -127.5, 64.2, -0.6], bits: 8, want: [127, -128, 64, -1], scale: 1 },
  { case: "zeros", row: [0, -0, 0, 0], bits: 8, want: [0, 0, 0, 0], scale: 1 },
  { case: "next to nothing", row: [1e-40, 0, 0, 0], bits: 8, want: [0, 0, 0, 0], scale: 1 },
] as const)("$case", ({ row, bits, want, scale }) => {
  const found = quantised(row, bits, row.length);
  expect(found.isWhole).toBe(true);
  expect(found.codes.map((code) => code + 0)).toEqual(want);
  expect(found.scales).toEqual([scale]);
});

test("each group has its own scale, which is a bfloat16", () => {
  const found = quantised([15, 1, 0.15, 0.01], 4, 2);
  expect(found.codes).toEqual([7, 0, 7, 0]);
  // 0.02 is not a bfloat16; this is the nearest one.
  expect(found.scales).toEqual([2, 0.02001953125]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%d is no weight", (value) => {
  expect(quantised([1, value, 2, 3], 4, 4).isWhole).toBe(false);
});

test("codes are packed from the lowest bits on, more by half their range", () => {
  const bytes = (codes: number[], bits: 4 | 8, length: number) => {
    const to = new Uint8Array(length);
    packCodes(Int8Array.from(codes), bits, to);
    return [...to];
  };
  expect(bytes([-8, 7, 0, -1], 4, 4)).toEqual([0xf0, 0x78, 0, 0]);
  expect(bytes([7, -8, 3], 4, 4)).toEqual([0x0f, 0x0b, 0, 0]);
  expect(bytes([-128, 127, 0, -1, 5], 8, 8)).toEqual([0, 255, 128, 127, 133, 0, 0, 0]);
});

test("elements need not be aligned", () => {
  const bytes = Buffer.from([9, 0x80, 0x3f, 0x00, 0xc0, 9]);
  expect([...floatsOf(bytes.subarray(1, 5), "BF16")]).toEqual([1, -2]);
  expect([...floatsOf(Buffer.from([0x00, 0x3c, 0x00, 0xc0]), "F16")]).toEqual([1, -2]);
  expect([...floatsOf(new Uint8Array(Float32Array.of(1.5, -2).buffer), "F32")]).toEqual([1.5, -2]);
  expect(isQuantisable("F16")).toBe(true);
  expect(isQuantisable("I8")).toBe(false);
});
