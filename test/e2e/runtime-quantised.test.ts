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
import { expectGolden } from "../support/runtime/golden-steps.ts";
import {
  aloneAndTogether,
  type QuantisedGolden,
  quantisedGoldenDirectory,
  quantisedGoldens,
} from "../support/runtime/quantised-goldens.ts";
import {
  expandedModel,
  expandedTensors,
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

/** As for the same models with other weights: see test/runtime/device/native.test.ts. */
const toleranceOf = (
  precision: "bf16" | "f32",
  { tie_word_embeddings: isTied }: QuantisedGolden["config"],
) => (precision === "f32" ? 5e-5 : isTied ? 0.15 : 0.03);

test.each(ways.flatMap((way) => quantisedGoldens.map((golden) => ({ ...golden, ...way }))))(
  "$name on $path in $precision: log probabilities and tokens as transformers computed them",
  ({ path, precision, ...golden }) => {
    const device = deviceOf(quantisedGoldenDirectory(golden), { path, precision });
    expectGolden(device, golden, { tolerance: toleranceOf(precision, golden.config) });
    device.close();
  },
);

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

test.each(paths.flatMap((path) => Object.keys(formats).map((format) => ({ path, format }))))(
  "$format on $path: bit for bit as bfloat16, alone and among others",
  ({ path, format: name }) => {
    const chosen = formats[name];
    if (!chosen) throw new Error("no such format");
    const directory = quantisedModel(chosen.shape, chosen.format);
    expect(answersOf(directory, path)).toEqual(answersOf(expandedModel(directory), path));
  },
);

test.each(paths)("on %s: a layer of which one matrix is left as it was", (path) => {
  const directory = quantisedModel(qwenShape, { bits: 4, isPacked: true, group: 32 });
  const tensors = new Map<string, RawTensor>(tensorBytes(directory));
  const name = "model.layers.0.self_attn.v_proj.weight";
  const plain = tensorBytes(expandedModel(directory)).get(name);
  for (const end of ["_packed", "_scale", "_shape"]) tensors.delete(`${name}${end}`);
  if (plain) tensors.set(name, plain);
  writeRaw(directory, tensors);
  expect(answersOf(directory, path)).toEqual(answersOf(expandedModel(directory), path));
});

test.each(paths)("on %s: scales of half precision or of 32 bits are taken as they are", (path) => {
  const directory = quantisedModel(qwenShape, { bits: 4, isPacked: true, group: 32 });
  const isScale = (name: string) => name.endsWith("_scale");
  // Scales of this model are held exactly by each type.
  const wanted = answersOf(directory, path);
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
    expect(answersOf(target, path)).toEqual(wanted);
  }
});

/** Scales that no bfloat16 is, products that are no normal numbers of half precision, and one beyond both. */
const scaleChanges: Readonly<Record<string, { type: "F16" | "F32"; changed: (scale: number) => number }>> = {
  "half precision": { type: "F16", changed: (scale) => scale * 1.0123 },
  "half precision, small": { type: "F16", changed: (scale) => scale / 1234 },
  "32 bits": { type: "F32", changed: (scale) => scale * 1.0123 },
  "32 bits, next to nothing": { type: "F32", changed: (scale) => scale * 1e-33 },
};

test.each(paths.flatMap((path) => Object.keys(scaleChanges).map((scales) => ({ path, scales }))))(
  "on $path: scales of $scales, bit for bit as bfloat16",
  ({ path, scales }) => {
    const change = scaleChanges[scales];
    if (!change) throw new Error("no such scales");
    for (const format of [
      { bits: 8, isPacked: true } as const,
      { bits: 4, isPacked: true, group: 32 } as const,
    ]) {
      const directory = quantisedModel(qwenShape, format);
      const tensors = new Map<string, RawTensor>(tensorBytes(directory));
      for (const [name, { shape, data }] of tensors) {
        if (!name.endsWith("_scale")) continue;
        const values = Float64Array.from(floatsOf(data, "BF16"), change.changed);
        const stored = change.type === "F16" ? Float16Array.from(values) : Float32Array.from(values);
        tensors.set(name, { type: change.type, shape, data: new Uint8Array(stored.buffer) });
      }
      writeRaw(directory, tensors);
      expect(answersOf(directory, path)).toEqual(answersOf(expandedModel(directory, true), path));
    }
  },
);
