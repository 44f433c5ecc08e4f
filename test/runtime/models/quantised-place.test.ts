import { join } from "node:path";
import { expect, test } from "vitest";
import { readModelConfig } from "../../../runtime/models/model-config.ts";
import { quantisedNames, quantisedPlace, quantisedShapes } from "../../../runtime/models/quantised-place.ts";
import { readWeights } from "../../../runtime/models/weights.ts";
import {
  quantisedModel,
  type RawTensor,
  tensorBytes,
  writeRaw,
} from "../../support/runtime/quantised-models.ts";
import { qwenShape } from "../../support/runtime/shapes.ts";

const int4 = { bits: 4, isPacked: true, group: 32 } as const;
const bytes = { bits: 8, isPacked: false } as const;
const down = "model.layers.1.mlp.down_proj.weight";

test("names and shapes of what stands for a matrix", () => {
  expect(quantisedNames("a.weight", int4)).toEqual({
    codes: "a.weight_packed",
    scale: "a.weight_scale",
    shape: "a.weight_shape",
  });
  expect(quantisedNames("a.weight", bytes)).toEqual({ codes: "a.weight", scale: "a.weight_scale" });
  expect(quantisedShapes(int4, 10, 64)).toEqual({ codes: [10, 8], scale: [10, 2] });
  const float = { bits: 8, isPacked: false, float: { hasOneScale: true } } as const;
  expect(quantisedShapes(float, 10, 64)).toEqual({ codes: [10, 64], scale: [1] });
  expect(quantisedShapes({ bits: 8, isPacked: true }, 10, 65)).toEqual({ codes: [10, 17], scale: [10, 1] });
});

test("a matrix that is not quantised has no such place", () => {
  const finder = { take: () => undefined, fileOf: () => "" };
  expect(quantisedPlace("a.weight", [1, 32], int4, finder)).toBeUndefined();
});

test.each([int4, bytes])("codes and scales of $bits bits are found where they lie", (format) => {
  const directory = quantisedModel(qwenShape, format);
  const tensors = tensorBytes(directory);
  const names = quantisedNames(down, format);
  expect(readWeights(directory, readModelConfig(join(directory, "config.json"))).layers[1]?.down).toEqual({
    file: 0,
    offset: tensors.get(names.codes)?.offset,
    type: "BF16",
    rows: 64,
    columns: 96,
    bits: format.bits,
    isPacked: format.isPacked,
    group: format.bits === 4 ? 32 : 96,
    scaleFile: 0,
    scaleOffset: tensors.get(names.scale)?.offset,
  });
});

const long = (...values: bigint[]) => new Uint8Array(BigInt64Array.from(values).buffer);

test.each<{ case: string; change: (tensors: Map<string, RawTensor>) => void; want: string }>([
  {
    case: "no scale",
    change: (tensors) => tensors.delete(`${down}_scale`),
    want: `tensor "${down}_packed" has no "${down}_scale"`,
  },
  {
    case: "no shape",
    change: (tensors) => tensors.delete(`${down}_shape`),
    want: `tensor "${down}_packed" has no "${down}_shape"`,
  },
  {
    case: "scales of another group",
    change: (tensors) =>
      tensors.set(`${down}_scale`, { type: "BF16", shape: [64, 1], data: new Uint8Array(128) }),
    want: `tensor "${down}_scale": is [64, 1], and the config says [64, 3]`,
  },
  {
    case: "scales of whole numbers",
    change: (tensors) =>
      tensors.set(`${down}_scale`, { type: "I8", shape: [64, 3], data: new Uint8Array(192) }),
    want: `tensor "${down}_scale": I8 is not supported; these are: BF16, F16, F32`,
  },
  {
    case: "another shape told",
    change: (tensors) => tensors.set(`${down}_shape`, { type: "I64", shape: [2], data: long(64n, 95n) }),
    want: `tensor "${down}_shape": tells [64, 95], and the config says [64, 96]`,
  },
  {
    case: "codes of another shape",
    change: (tensors) =>
      tensors.set(`${down}_packed`, { type: "I32", shape: [64, 11], data: new Uint8Array(64 * 44) }),
    want: `tensor "${down}_packed": is [64, 11], and the config says [64, 12]`,
  },
  {
    case: "zero points",
    change: (tensors) =>
      tensors.set(`${down}_zero_point`, { type: "I32", shape: [1], data: new Uint8Array(4) }),
    want: `tensor "${down}_zero_point" has no place in a Qwen3ForCausalLM of this config`,
  },
  {
    case: "a quantised embedding",
    change: (tensors) => tensors.delete("model.embed_tokens.weight"),
    want: 'has no tensor "model.embed_tokens.weight"',
  },
])("refused: $case", ({ change, want }) => {
  const directory = quantisedModel(qwenShape, int4);
  const tensors = new Map<string, RawTensor>(tensorBytes(directory));
  change(tensors);
  writeRaw(directory, tensors);
  expect(() => readWeights(directory, readModelConfig(join(directory, "config.json")))).toThrow(want);
});

test("groups that a row is not made of", () => {
  const directory = quantisedModel(qwenShape, int4);
  const config = readModelConfig(join(directory, "config.json"));
  const wide = { ...config, quantization: { ...int4, group: 128 } };
  expect(() => readWeights(directory, wide)).toThrow(
    'self_attn.q_proj.weight_packed": rows of 64 weights are not groups of 128',
  );
});
