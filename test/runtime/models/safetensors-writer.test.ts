import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors } from "../../../runtime/models/safetensors.ts";
import { writeSafetensors } from "../../../runtime/models/safetensors-writer.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const tensors = [
  { name: "model.norm.weight", shape: [3], values: Float32Array.of(1, -2.5, 1e-3) },
  { name: "model.embed.weight", shape: [2, 2], values: Float32Array.of(0, 3, Number.POSITIVE_INFINITY, 7) },
];

test("what is written in full is read back bit by bit", () => {
  const file = join(temporaryDirectory(), "model.safetensors");
  writeSafetensors(file, tensors, "F32");
  const places = readSafetensors(file);
  const bytes = readFileSync(file);
  for (const { name, shape, values } of tensors) {
    const place = places.get(name);
    expect(place).toMatchObject({ type: "F32", shape, bytes: values.length * 4 });
    const found = Array.from(values, (_, at) => bytes.readFloatLE((place?.offset ?? 0) + at * 4));
    expect(found).toEqual([...values]);
  }
});

test("tensors lie in the order given, and the first begins at a multiple of eight", () => {
  const file = join(temporaryDirectory(), "model.safetensors");
  writeSafetensors(file, tensors, "BF16");
  const places = [...readSafetensors(file)];
  const [start = 0] = places.map(([, { offset }]) => offset);
  expect(start % 8).toBe(0);
  expect(places).toEqual([
    ["model.norm.weight", { type: "BF16", shape: [3], offset: start, bytes: 6 }],
    ["model.embed.weight", { type: "BF16", shape: [2, 2], offset: start + 6, bytes: 8 }],
  ]);
});

test.each([
  { case: "exact", value: 1, want: 0x3f80 },
  { case: "just below the middle", value: 1.003906, want: 0x3f80 },
  { case: "in the middle, down to even", value: 1.00390625, want: 0x3f80 },
  { case: "in the middle, up to even", value: 1.01171875, want: 0x3f82 },
  { case: "just above the middle", value: 1.003907, want: 0x3f81 },
  { case: "negative", value: -1.01171875, want: 0xbf82 },
  { case: "up to the next power of two", value: 1.999, want: 0x4000 },
  { case: "beyond the largest", value: 3.4e38, want: 0x7f80 },
  { case: "infinite", value: Number.NEGATIVE_INFINITY, want: 0xff80 },
  { case: "no number", value: Number.NaN, want: 0x7fc0 },
])("rounds to half as many bits: $case", ({ value, want }) => {
  const file = join(temporaryDirectory(), "model.safetensors");
  writeSafetensors(file, [{ name: "a", shape: [1], values: Float32Array.of(value) }], "BF16");
  expect(readFileSync(file).readUInt16LE(readSafetensors(file).get("a")?.offset ?? 0)).toBe(want);
});

test("a value that would round beyond all bits stays no number", () => {
  const file = join(temporaryDirectory(), "model.safetensors");
  const values = new Float32Array(1);
  new Uint32Array(values.buffer)[0] = 0xffffffff;
  writeSafetensors(file, [{ name: "a", shape: [1], values }], "BF16");
  expect(readFileSync(file).readUInt16LE(readSafetensors(file).get("a")?.offset ?? 0)).toBe(0xffff);
});

test("refused: a shape that is not that of the values, and two tensors of one name", () => {
  const file = join(temporaryDirectory(), "model.safetensors");
  const values = new Float32Array(4);
  expect(() => writeSafetensors(file, [{ name: "a", shape: [3], values }], "F32")).toThrow(
    'tensor "a": [3] are 3 values, not 4',
  );
  const twice = [1, 2].map(() => ({ name: "a", shape: [4], values }));
  expect(() => writeSafetensors(file, twice, "F32")).toThrow('two tensors are called "a"');
});
