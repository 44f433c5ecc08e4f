import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";
import { headerBytesMax, readSafetensors, tensorPlaces } from "../../../runtime/models/safetensors.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const header = {
  __metadata__: { format: "pt" },
  "model.embed.weight": { dtype: "BF16", shape: [4, 3], data_offsets: [0, 24] },
  "model.norm.weight": { dtype: "F32", shape: [3], data_offsets: [24, 36] },
  "model.scale": { dtype: "F32", shape: [], data_offsets: [36, 40] },
};

function write(text: string | Uint8Array, dataBytes = 40, told?: bigint): string {
  const file = join(temporaryDirectory(), "model.safetensors");
  const body = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(told ?? BigInt(body.length));
  writeFileSync(file, Buffer.concat([length, body, Buffer.alloc(dataBytes)]));
  return file;
}

test("tells type, shape and place of each tensor", () => {
  const text = JSON.stringify(header);
  const start = 8 + text.length;
  expect(Object.fromEntries(readSafetensors(write(text)))).toEqual({
    "model.embed.weight": { type: "BF16", shape: [4, 3], offset: start, bytes: 24 },
    "model.norm.weight": { type: "F32", shape: [3], offset: start + 24, bytes: 12 },
    "model.scale": { type: "F32", shape: [], offset: start + 36, bytes: 4 },
  });
});

test("a header may be padded with spaces, and a file may have no tensor", () => {
  expect(readSafetensors(write(`${JSON.stringify(header)}   `)).size).toBe(3);
  expect(readSafetensors(write("{}", 0)).size).toBe(0);
});

const norm = (change: object) => ({
  ...header,
  "model.norm.weight": { ...header["model.norm.weight"], ...change },
});

test.each([
  { case: "a type that is none", spoiled: norm({ dtype: "F12" }), want: /"model\.norm\.weight": dtype: / },
  { case: "a negative length", spoiled: norm({ shape: [-3] }), want: /"model\.norm\.weight": shape\.0: / },
  { case: "a broken length", spoiled: norm({ shape: [1.5] }), want: /"model\.norm\.weight": shape\.0: / },
  {
    case: "an unknown field",
    spoiled: norm({ strides: [1] }),
    want: /"model\.norm\.weight": entry: .*strides/,
  },
  {
    case: "a shape of other size",
    spoiled: norm({ shape: [4] }),
    want: /"model\.norm\.weight": \[4\] of F32 takes 16 bytes, and 24 to 36 are 12$/,
  },
  {
    case: "a size beyond all numbers",
    spoiled: norm({ shape: [2 ** 31, 2 ** 31, 2 ** 31] }),
    want: /takes 3\.96\d*e\+28 bytes/,
  },
  {
    case: "an end before its beginning",
    spoiled: norm({ data_offsets: [36, 24] }),
    want: /36 to 24 are -12$/,
  },
  { case: "an overlap", spoiled: norm({ data_offsets: [20, 32] }), want: /overlaps what is before it/ },
  { case: "a hole", spoiled: norm({ data_offsets: [28, 40] }), want: /leaves a hole before it/ },
  { case: "metadata of other kinds", spoiled: { ...header, __metadata__: { a: 1 } }, want: /metadata/ },
  { case: "a list", spoiled: [header], want: /no JSON object$/ },
])("refused with file and tensor: $case", ({ spoiled, want }) => {
  const file = write(JSON.stringify(spoiled));
  expect(() => readSafetensors(file)).toThrow(want);
  expect(() => readSafetensors(file)).toThrow(new RegExp(`^${file}: `));
});

test.each([
  {
    case: "bytes that no tensor has",
    file: () => write(JSON.stringify(header), 41),
    want: /its tensors end at/,
  },
  {
    case: "bytes that are missing",
    file: () => write(JSON.stringify(header), 39),
    want: /its tensors end at/,
  },
  { case: "text that is cut off", file: () => write('{"a":'), want: /no JSON object$/ },
  {
    case: "bytes that are no text",
    file: () => write(Uint8Array.of(123, 34, 255, 34)),
    want: /no JSON object$/,
  },
  {
    case: "a header beyond the file",
    file: () => write("{}", 0, 99n),
    want: /99 bytes, where 2 to 2 are possible/,
  },
  {
    case: "a header beyond any file",
    file: () => write("{}", 0, 2n ** 63n),
    want: /9223372036854775808 bytes, where 2 to 2 are possible/,
  },
])("refused: $case", ({ file, want }) => {
  expect(() => readSafetensors(file())).toThrow(want);
});

test("refused: a file without even a length", () => {
  const file = join(temporaryDirectory(), "short.safetensors");
  writeFileSync(file, "abc");
  expect(() => readSafetensors(file)).toThrow(`${file}: ends after 3 bytes, in its header`);
});

test("a header is at most as large as the format says", () => {
  expect(headerBytesMax).toBe(100_000_000);
});

test("twenty thousand spoiled headers: each is refused by name, or tells only places within the file", () => {
  const random = seededRandom(5);
  const text = Buffer.from(JSON.stringify(header));
  let accepted = 0;
  for (let turn = 0; turn < 20_000; turn += 1) {
    const spoiled = Buffer.from(text);
    for (let count = 1 + random.below(3); count > 0; count -= 1) {
      spoiled[random.below(spoiled.length)] = 32 + random.below(96);
    }
    const fileBytes = 8 + spoiled.length + 40;
    try {
      const places = tensorPlaces("f", spoiled, fileBytes);
      accepted += 1;
      for (const { offset, bytes } of places.values()) {
        expect(offset).toBeGreaterThanOrEqual(8 + spoiled.length);
        expect(offset + bytes).toBeLessThanOrEqual(fileBytes);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ModelFileError);
    }
  }
  expect(accepted).toBeGreaterThan(0);
});
