/** How does the processor's speed grow with batch, context and instructions? */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNativeDevice, type NativePath, nativePaths } from "../runtime/device/native.ts";
import { buildNative } from "../runtime/device/native-build.ts";
import { measureDevice } from "../runtime/measure.ts";
import { writeSafetensors } from "../runtime/models/safetensors-writer.ts";
import { llamaConfig, type TinyShape, tensorShapes } from "../runtime/tiny/shape.ts";
import { machine, median, rounded } from "./support/measure.ts";
import type { Options, Table } from "./support/table.ts";

export const options: Options = {};

/** 218 million parameters: far more than any cache holds. */
const shape: TinyShape = {
  vocabulary: 32_000,
  width: 1024,
  feedForward: 4096,
  layers: 12,
  heads: 16,
  keyHeads: 4,
  headWidth: 64,
  contextTokens: 2048,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
};
const batches = [1, 8, 32];
const contexts = [64, 1024];
/** Paths are measured in turn, so that whatever else the machine does meets all of them. */
const rounds = 3;

export async function run(): Promise<Table> {
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-runtime-"));
  try {
    writeModel(directory);
    const addon = await buildNative();
    const speeds = new Map<string, number[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const path of nativePaths(addon)) {
        for (const [name, speed] of speedsOf(addon, directory, path)) {
          speeds.set(name, [...(speeds.get(name) ?? []), speed]);
        }
      }
    }
    const tokensPerSecond = new Map([...speeds].map(([name, values]) => [name, median(values)]));
    return table(nativePaths(addon), (name) => tokensPerSecond.get(name) ?? 0);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function speedsOf(addon: string, directory: string, path: NativePath): [string, number][] {
  const sequences = Math.max(...batches);
  const limits = { stepTokens: 512, sequences, sequenceTokens: 2048, topLogprobs: 0, adjustments: 1 };
  const device = createNativeDevice({ addon, directory, limits, path, blocks: 2560 });
  const found = contexts.flatMap((contextTokens): [string, number][] => {
    const { prefill, decode } = measureDevice(device, batches, { contextTokens, steps: 8 });
    const decodes = decode.map(({ sequences, tokensPerSecond }): [string, number] => [
      `${path} decode ${sequences} after ${contextTokens}`,
      tokensPerSecond,
    ]);
    return [[`${path} prefill`, prefill.tokensPerSecond], ...decodes];
  });
  device.close();
  return found;
}

function table(paths: readonly NativePath[], speedOf: (name: string) => number): Table {
  const slowest = paths.at(-1) ?? "portable";
  const rows = paths.map((path) => {
    const decode = (sequences: number, context: number) =>
      speedOf(`${path} decode ${sequences} after ${context}`);
    return {
      path,
      prefillTokensPerSecond: rounded(speedOf(`${path} prefill`), 0),
      prefillOfSlowest: rounded(speedOf(`${path} prefill`) / speedOf(`${slowest} prefill`)),
      decodeTokensPerSecond: rounded(decode(1, 64), 1),
      decodeOfSlowest: rounded(decode(1, 64) / speedOf(`${slowest} decode 1 after 64`)),
      batch8OfBatch1: rounded(decode(8, 64) / decode(1, 64)),
      batch32OfBatch1: rounded(decode(32, 64) / decode(1, 64)),
      context1024Of64AtBatch8: rounded(decode(8, 1024) / decode(8, 64)),
    };
  });
  return {
    question: "How does the processor's speed grow with batch, context and instructions?",
    machine: machine(),
    rows,
    notes: [
      "A Llama of 218 million made-up parameters in bf16; prompts of 512 tokens; medians of three rounds.",
      "Ratios are of tokens a second. Decoding alone reads all weights for one token of each request.",
    ],
  };
}

function writeModel(directory: string): void {
  writeFileSync(join(directory, "config.json"), JSON.stringify(llamaConfig(shape, 0)));
  const tensors = tensorShapes(shape).map((tensor) => ({ ...tensor, values: madeUp(tensor.shape) }));
  writeSafetensors(join(directory, "model.safetensors"), tensors, "BF16");
}

/** Small and never zero: processors compute with zeros faster than with anything else. */
function madeUp(shape: readonly number[]): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(length);
  for (let index = 0; index < length; index += 1) {
    values[index] = (((Math.imul(index + 1, 0x9e3779b1) >>> 8) & 0xffff) / 0x10000 - 0.49) * 0.06;
  }
  return values;
}
