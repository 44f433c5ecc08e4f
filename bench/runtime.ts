/** How does the processor's speed grow with batch, context and instructions? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNativeDevice, type NativePath, nativePaths } from "../runtime/device/native.ts";
import { buildNative } from "../runtime/device/native-build.ts";
import { measureDevice } from "../runtime/measure.ts";
import { writeMadeUpLlama } from "./support/made-up-llama.ts";
import { machine, median, rounded } from "./support/measure.ts";
import type { Options, Table } from "./support/table.ts";

export const options: Options = {};

const batches = [1, 8, 32];
const contexts = [64, 1024];
/** Paths are measured in turn, so that whatever else the machine does meets all of them. */
const rounds = 3;

export async function run(): Promise<Table> {
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-runtime-"));
  try {
    writeMadeUpLlama(directory);
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
