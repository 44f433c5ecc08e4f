/**
 * Quantised weights: what compressed-tensors and transformers make of our files, what we make of theirs, and
 * that each path computes what it computes for the same weights as bfloat16, bit for bit.
 */
import { createHash } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { floatsOf } from "../../runtime/models/quantised-rows.ts";
import type { WeightFormat } from "../../runtime/models/quantization.ts";
import { decidedTokens, expectGolden } from "../support/runtime/golden-steps.ts";
import {
  aloneAndTogether,
  quantisedGoldenDirectory,
  quantisedGoldens,
  quantisedTolerance,
} from "../support/runtime/quantised-goldens.ts";
import {
  expandedModel,
  expandedTensors,
  leaveAsItWas,
  quantisedModel,
  type RawTensor,
  tensorBytes,
  writeRaw,
} from "../support/runtime/quantised-models.ts";
import { llamaShape, mixtralShape, mixtureShape, qwenShape } from "../support/runtime/shapes.ts";
import { type Answer, deviceOf, paths, ways } from "../support/runtime/steps.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

test.each(quantisedGoldens)(
  "$name: weights are those that compressed-tensors expands the files to",
  (golden) => {
    const directory = quantisedGoldenDirectory(golden);
    const tensors = tensorBytes(directory);
    const files = Object.keys(golden.files).map((name) => [
      name,
      hashOf(tensors.get(name)?.data ?? Buffer.of()),
    ]);
    expect(Object.fromEntries(files)).toEqual(golden.files);
    const expanded = expandedTensors(directory);
    const weights = Object.keys(golden.weights).map((name) => {
      const bits = new Uint32Array(Float32Array.from(expanded.get(name)?.values ?? []).buffer);
      return [name, hashOf(new Uint8Array(Uint16Array.from(bits, (word) => word >>> 16).buffer))];
    });
    expect(Object.fromEntries(weights)).toEqual(golden.weights);
  },
);

test.each(ways.flatMap((way) => quantisedGoldens.map((golden) => ({ ...golden, ...way }))))(
  "$name on $path in $precision: log probabilities and tokens as transformers computed them",
  ({ path, precision, ...golden }) => {
    const device = deviceOf(quantisedGoldenDirectory(golden), { path, precision });
    expectGolden(device, golden, { tolerance: quantisedTolerance(golden, precision) });
    device.close();
  },
);

test("of 1400 tokens 1399 are asserted in 32 bits, 1192 in bfloat16: rounding may turn the others", () => {
  const asserted = (precision: "bf16" | "f32") =>
    quantisedGoldens
      .map((golden) => decidedTokens(golden, quantisedTolerance(golden, precision)))
      .reduce((all, count) => all + count, 0);
  expect(quantisedGoldens.map(({ answer }) => answer.length)).toEqual(Array(7).fill(200));
  expect([asserted("f32"), asserted("bf16")]).toEqual([1399, 1192]);
  for (const { answer } of quantisedGoldens) expect(new Set(answer).size).toBeGreaterThan(12);
});

const formats: Readonly<Record<string, { format: WeightFormat; shape: object }>> = {
  "int8, rows of 96 and 144": { format: { bits: 8, isPacked: true }, shape: llamaShape },
  "int8, bytes": { format: { bits: 8, isPacked: false }, shape: qwenShape },
  "int8 in groups of 32": { format: { bits: 8, isPacked: true, group: 32 }, shape: qwenShape },
  "int4 in groups of 32": { format: { bits: 4, isPacked: true, group: 32 }, shape: qwenShape },
  "int4 in groups of 96": {
    format: { bits: 4, isPacked: true, group: 96 },
    shape: { ...llamaShape, intermediate_size: 192 },
  },
  // More inputs than are multiplied at once, in parts of one group or of several.
  "int8, rows of 576": {
    format: { bits: 8, isPacked: true },
    shape: { ...llamaShape, hidden_size: 576, intermediate_size: 288 },
  },
  "int4 in groups of 96, rows of 576": {
    format: { bits: 4, isPacked: true, group: 96 },
    shape: { ...llamaShape, intermediate_size: 576 },
  },
  "int8 in groups of 288, rows of 576": {
    format: { bits: 8, isPacked: true, group: 288 },
    shape: { ...llamaShape, hidden_size: 576, intermediate_size: 576 },
  },
  "int8, experts with rows of 48": { format: { bits: 8, isPacked: true }, shape: mixtureShape },
  "int4 in groups of 32, experts": {
    format: { bits: 4, isPacked: true, group: 32 },
    shape: { ...mixtralShape, intermediate_size: 96 },
  },
  "int4, whole rows": { format: { bits: 4, isPacked: true }, shape: llamaShape },
};

function answersOf(directory: string, path: (typeof paths)[number]): Answer[][] {
  const device = deviceOf(directory, { path });
  const { alone, together } = aloneAndTogether(device, 5);
  device.close();
  expect(together).toEqual(alone);
  return alone;
}

/** On each path the same bits. */
function expectAlike(quantised: string, plain: string): void {
  for (const path of paths) expect(answersOf(quantised, path), path).toEqual(answersOf(plain, path));
}

test.each(Object.entries(formats))(
  "%s on each path: bit for bit as bfloat16, alone and among others",
  (_, { shape, format }) => {
    const directory = quantisedModel(shape, format);
    expectAlike(directory, expandedModel(directory));
  },
);

test("a layer of which one matrix is left as it was, on each path", () => {
  const directory = quantisedModel(qwenShape, { bits: 4, isPacked: true, group: 32 });
  leaveAsItWas(directory, "model.layers.0.self_attn.v_proj.weight");
  expectAlike(directory, expandedModel(directory));
});

test("scales of half precision or of 32 bits are taken as they are, on each path", () => {
  const directory = quantisedModel(qwenShape, { bits: 4, isPacked: true, group: 32 });
  const isScale = (name: string) => name.endsWith("_scale");
  // Scales of this model are held exactly by each type.
  const types = { F16: Float16Array, F32: Float32Array };
  for (const [type, Values] of Object.entries(types)) {
    const tensors = new Map<string, RawTensor>(tensorBytes(directory));
    for (const [name, { shape, data }] of tensors) {
      if (!isScale(name)) continue;
      const values = new Values(floatsOf(data, "BF16"));
      tensors.set(name, { type, shape, data: new Uint8Array(values.buffer) });
    }
    const target = temporaryDirectory();
    copyFileSync(join(directory, "config.json"), join(target, "config.json"));
    writeRaw(target, tensors);
    expectAlike(target, directory);
  }
});

/** Scales that no bfloat16 is, products that are no normal numbers of half precision, and one beyond both. */
const scaleChanges: Readonly<Record<string, { type: "F16" | "F32"; changed: (scale: number) => number }>> = {
  "half precision": { type: "F16", changed: (scale) => scale * 1.0123 },
  "half precision, small": { type: "F16", changed: (scale) => scale / 1234 },
  "32 bits": { type: "F32", changed: (scale) => scale * 1.0123 },
  "32 bits, next to nothing": { type: "F32", changed: (scale) => scale * 1e-33 },
};

test.each(Object.entries(scaleChanges))(
  "scales of %s, bit for bit as bfloat16 on each path",
  (_, { type, changed }) => {
    for (const format of [
      { bits: 8, isPacked: true } as const,
      { bits: 4, isPacked: true, group: 32 } as const,
    ]) {
      const directory = quantisedModel(qwenShape, format);
      const tensors = new Map<string, RawTensor>(tensorBytes(directory));
      for (const [name, { shape, data }] of tensors) {
        if (!name.endsWith("_scale")) continue;
        const values = Float64Array.from(floatsOf(data, "BF16"), changed);
        const stored = type === "F16" ? Float16Array.from(values) : Float32Array.from(values);
        tensors.set(name, { type, shape, data: new Uint8Array(stored.buffer) });
      }
      writeRaw(directory, tensors);
      expectAlike(directory, expandedModel(directory, true));
    }
  },
);
