/**
 * Quantised weights on a CUDA device, emulated or real: what transformers computed, and what the same device
 * computes for the same weights as bfloat16, bit for bit.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { floatsOf } from "../../runtime/models/quantised-rows.ts";
import type { WeightFormat } from "../../runtime/models/quantization.ts";
import { cudaOf, cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { expectGolden } from "../support/runtime/golden-steps.ts";
import {
  aloneAndTogether,
  quantisedGoldenDirectory,
  quantisedGoldens,
  quantisedTolerance,
} from "../support/runtime/quantised-goldens.ts";
import {
  expandedModel,
  leaveAsItWas,
  quantisedModel,
  type RawTensor,
  tensorBytes,
  writeRaw,
} from "../support/runtime/quantised-models.ts";
import { llamaShape, mixtralShape, mixtureShape, qwenShape } from "../support/runtime/shapes.ts";
import type { Answer } from "../support/runtime/steps.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test.each(cudaUnderTest.flatMap((cuda) => quantisedGoldens.map((golden) => ({ ...golden, ...cuda }))))(
  "$name $where: log probabilities and tokens as transformers computed them",
  ({ addon, where: _, ...golden }) => {
    const device = cudaOf(quantisedGoldenDirectory(golden), addon);
    expectGolden(device, golden, { tolerance: quantisedTolerance(golden) });
    device.close();
  },
);

afterEach(() => {
  delete process.env.EMULATED_SHARED_KIB;
});

/** Prompts of 1, 7, 21 and 40 tokens: each kernel for few rows, and together the one for many. */
function answersOf(directory: string, addon: string): Answer[][] {
  const device = cudaOf(directory, addon);
  const { alone, together } = aloneAndTogether(device, 1);
  device.close();
  expect(together).toEqual(alone);
  return alone;
}

/** More inputs than a block's warps have segments, and scales that end within segments. */
const longShape = { ...llamaShape, num_hidden_layers: 1, intermediate_size: 2112 };
const oneLayer = { ...qwenShape, num_hidden_layers: 1 };
const formats: Readonly<Record<string, { format: WeightFormat; shape: object }>> = {
  "int8, rows of 96 and 144": { format: { bits: 8, isPacked: true }, shape: llamaShape },
  "int8, bytes": { format: { bits: 8, isPacked: false }, shape: oneLayer },
  "int8 in groups of 32": { format: { bits: 8, isPacked: true, group: 32 }, shape: oneLayer },
  "int4 in groups of 32": { format: { bits: 4, isPacked: true, group: 32 }, shape: qwenShape },
  "int4 in groups of 96, long rows": { format: { bits: 4, isPacked: true, group: 96 }, shape: longShape },
  "int8, experts with rows of 48": { format: { bits: 8, isPacked: true }, shape: mixtureShape },
  "int4 in groups of 32, experts": {
    format: { bits: 4, isPacked: true, group: 32 },
    shape: { ...mixtralShape, intermediate_size: 96 },
  },
  "int4, whole rows": { format: { bits: 4, isPacked: true }, shape: oneLayer },
};
const rows = cudaUnderTest.flatMap((cuda) => Object.keys(formats).map((format) => ({ ...cuda, format })));

test.each(rows)("$format $where: bit for bit as bfloat16, alone and among others", ({ format, addon }) => {
  const chosen = formats[format];
  if (!chosen) throw new Error("no such format");
  const directory = quantisedModel(chosen.shape, chosen.format);
  expect(answersOf(directory, addon)).toEqual(answersOf(expandedModel(directory), addon));
});

test.each(["int8, bytes", "int4 in groups of 32"])(
  "%s emulated: the same bits where blocks have 99 KiB of shared memory",
  (format) => {
    const chosen = formats[format];
    if (!chosen) throw new Error("no such format");
    const addon = cudaUnderTest[0]?.addon ?? "";
    const directory = quantisedModel(chosen.shape, chosen.format);
    const wanted = answersOf(directory, addon);
    process.env.EMULATED_SHARED_KIB = "99";
    expect(answersOf(directory, addon)).toEqual(wanted);
  },
);

test.each(cudaUnderTest)("$where: a layer of which one matrix is left as it was", ({ addon }) => {
  const directory = quantisedModel(oneLayer, { bits: 4, isPacked: true, group: 32 });
  leaveAsItWas(directory, "model.layers.0.self_attn.v_proj.weight");
  expect(answersOf(directory, addon)).toEqual(answersOf(expandedModel(directory), addon));
});

/** The model with scales of another type that holds each of them: those of 32 bits a little longer. */
function withScales(directory: string, type: "F16" | "F32"): string {
  const tensors = new Map<string, RawTensor>(tensorBytes(directory));
  for (const [name, { shape, data }] of tensors) {
    if (!name.endsWith("_scale")) continue;
    const scales = floatsOf(data, "BF16");
    const values = type === "F16" ? new Float16Array(scales) : scales.map((scale) => scale * (1 + 2 ** -12));
    tensors.set(name, { type, shape, data: new Uint8Array(values.buffer) });
  }
  const target = temporaryDirectory();
  copyFileSync(join(directory, "config.json"), join(target, "config.json"));
  writeRaw(target, tensors);
  return target;
}

test.each(
  cudaUnderTest.flatMap((cuda) =>
    ([4, 8] as const).flatMap((bits) => (["F16", "F32"] as const).map((type) => ({ ...cuda, bits, type }))),
  ),
)("int$bits with scales of $type $where: bit for bit as bfloat16", ({ bits, type, addon }) => {
  const directory = withScales(quantisedModel(oneLayer, { bits, isPacked: true, group: 32 }), type);
  expect(answersOf(directory, addon)).toEqual(answersOf(expandedModel(directory), addon));
});

test.each(cudaUnderTest)("$where: codes and scales take what they have in the file", ({ addon }) => {
  const bytesOf = (format: WeightFormat) => {
    const device = cudaOf(quantisedModel(oneLayer, format), addon);
    device.close();
    return device.facts.weightBytes;
  };
  // Rows of 64, 320 and 96 inputs; outputs are whole units, the head and what embeds are one.
  const values = 64 * 960 + 320 * 64 + 64 * 192 + 96 * 64;
  const plain = 2 * 128 * 64;
  expect(bytesOf({ bits: 8, isPacked: true })).toBe(plain + values + 2 * (960 + 64 + 192 + 64));
  expect(bytesOf({ bits: 8, isPacked: true, group: 32 })).toBe(plain + values + values / 16);
  expect(bytesOf({ bits: 4, isPacked: true, group: 32 })).toBe(plain + values / 2 + values / 16);
});
