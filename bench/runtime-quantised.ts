/** How fast are quantised weights on the processor beside bf16, by instructions and by rows of a step? */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "../runtime/device/contract.ts";
import { createNativeDevice, type NativePath, nativePaths } from "../runtime/device/native.ts";
import { buildNative } from "../runtime/device/native-build.ts";
import { measureDevice } from "../runtime/measure.ts";
import { quantiseModel } from "../runtime/models/quantise.ts";
import { writeFloat8Model } from "./support/float8-model.ts";
import { writeMadeUpLlama } from "./support/made-up-llama.ts";
import { machine, median, rounded } from "./support/measure.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  threads: { type: "string", default: String(availableParallelism()) },
  repeats: { type: "string", default: "5" },
  /** Default: all that this processor has. */
  path: { type: "string" },
};

/** Sequences of a step, each with one token: rows that a product has. */
const rowsOfSteps = [1, 2, 4, 8, 16, 32, 64];
const contextTokens = 16;
const steps = 4;
const weights = ["bf16", "int8", "int4", "fp8"] as const;
type Weights = (typeof weights)[number];

interface Asked {
  readonly addon: string;
  readonly threads: number;
  readonly repeats: number;
}

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const addon = await buildNative();
  const known = nativePaths(addon);
  const paths = known.filter((path) => values.path === undefined || path === values.path);
  if (paths.length === 0) throw new BenchRefusal(`--path: ${values.path} is none of ${known.join(", ")}`);
  const asked = { addon, threads: countOf(values, "threads"), repeats: countOf(values, "repeats") };
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-quantised-"));
  try {
    const directories = writeModels(directory);
    return table(
      paths.flatMap((path) => measured(asked, directories, path)),
      asked,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function countOf(values: Readonly<Record<string, unknown>>, name: string): number {
  const count = Number(values[name]);
  if (Number.isInteger(count) && count >= 1 && count <= 1024) return count;
  throw new BenchRefusal(`--${name}: ${values[name]} is no whole number from 1 to 1024`);
}

/** All of one shape, with next to nothing beside the linear layers. */
function writeModels(directory: string): Readonly<Record<Weights, string>> {
  const place = (name: string) => join(directory, name);
  writeMadeUpLlama(directory, { layers: 6, vocabulary: 512 });
  quantiseModel(directory, place("int8"), { bits: 8, isPacked: true });
  quantiseModel(directory, place("int4"), { bits: 4, isPacked: true, group: 32 });
  quantiseModel(directory, place("bytes"), { bits: 8, isPacked: false });
  writeFloat8Model(place("bytes"), place("fp8"));
  return { bf16: directory, int8: place("int8"), int4: place("int4"), fp8: place("fp8") };
}

function measured(
  { addon, threads, repeats }: Asked,
  directories: Readonly<Record<Weights, string>>,
  path: NativePath,
): Table["rows"] {
  const sequences = Math.max(...rowsOfSteps);
  const limits = { stepTokens: sequences, sequences, sequenceTokens: 64, topLogprobs: 0, adjustments: 1 };
  const devices = weights.map((name) => {
    const options = { addon, directory: directories[name], limits, path, threads, blocks: 2 * sequences };
    return [name, createNativeDevice(options)] as const;
  });
  const rows = rowsOfSteps.map((count) => {
    // Side by side in each turn, so that whatever else the machine does meets all of them.
    const turns = Array.from({ length: repeats }, () => speedsOf(devices, count));
    const ratiosOf = (name: Weights) => turns.map((speeds) => speeds[name] / speeds.bf16);
    const figures = weights.slice(1).map((name) => {
      const ratios = ratiosOf(name);
      return {
        [`${name}OfBf16`]: rounded(median(ratios)),
        [`${name}Least`]: rounded(Math.min(...ratios)),
        [`${name}Most`]: rounded(Math.max(...ratios)),
      };
    });
    const bf16TokensPerSecond = rounded(median(turns.map(({ bf16 }) => bf16)), 1);
    return Object.assign({ path, rows: count, bf16TokensPerSecond }, ...figures);
  });
  for (const [, device] of devices) device.close();
  return rows;
}

/** Tokens a second of each. */
function speedsOf(devices: readonly (readonly [Weights, Device])[], rows: number): Record<Weights, number> {
  const speeds = { bf16: 0, int8: 0, int4: 0, fp8: 0 };
  for (const [name, device] of devices) {
    const { decode } = measureDevice(device, [rows], { contextTokens, steps, promptTokens: 1 });
    speeds[name] = decode[0]?.tokensPerSecond ?? Number.NaN;
  }
  return speeds;
}

function table(rows: Table["rows"], { threads, repeats }: Asked): Table {
  return {
    question: "How fast are quantised weights on the processor beside bf16?",
    machine: machine(),
    rows,
    notes: [
      "A Llama of 91 million made-up parameters in linear layers; whole steps of one token a sequence.",
      `Ratios are of tokens a second, ${threads} threads: the median, least and most of ${repeats} turns.`,
      "int8 and fp8 have a scale for each row, int4 one for each 32 weights.",
    ],
  };
}
