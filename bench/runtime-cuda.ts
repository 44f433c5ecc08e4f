/** How near is the CUDA device to what the GPU can do: each kernel, whole steps, a trace, and its memory? */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cudaDevices, hasCudaDriver } from "../runtime/device/cuda.ts";
import { buildCuda } from "../runtime/device/cuda-build.ts";
import { findCudaToolchain } from "../runtime/device/cuda-toolchain.ts";
import { machine, rounded } from "./support/measure.ts";
import { type Ceilings, kernelWork, type ModelShape } from "./support/runtime-cuda/floors.ts";
import {
  copyCase,
  kernelCases,
  kernelRows,
  matrixCase,
  millisecondsOf,
} from "./support/runtime-cuda/kernels.ts";
import { type ModelRuns, measureLibrary, measureModel } from "./support/runtime-cuda/model.ts";
import { writeModelFiles } from "./support/runtime-cuda/model-files.ts";
import { type TorchTimes, torchTimes } from "./support/runtime-cuda/torch.ts";
import { measureTrace } from "./support/runtime-cuda/trace.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  parts: { type: "string", default: "kernels,model,trace" },
  shape: { type: "string", default: "8b" },
  trace: { type: "string" },
  requests: { type: "string", default: "200" },
  speedup: { type: "string", default: "1" },
  "kv-cache-gib": { type: "string", default: "48" },
  /** Where the made-up weights are written: 16 GB for the shape of 8B. */
  directory: { type: "string", default: tmpdir() },
  to: { type: "string" },
  commit: { type: "string" },
};

const parts = ["kernels", "model", "trace"] as const;
type Part = (typeof parts)[number];

/** Of Llama 3.1 8B, and of Llama 3.2 1B (meta-llama, config.json; 2026-11-22). */
const shapes: Readonly<Record<string, ModelShape>> = {
  "8b": {
    ...{ layers: 32, hidden: 4096, intermediate: 14_336, vocabulary: 128_256 },
    ...{ heads: 32, kvHeads: 8, headDim: 128 },
  },
  "1b": {
    ...{ layers: 16, hidden: 2048, intermediate: 8192, vocabulary: 128_256 },
    ...{ heads: 32, kvHeads: 8, headDim: 64 },
  },
};

const runs: Omit<ModelRuns, "kvCacheBytes"> = {
  sequences: [1, 32, 256],
  contexts: [512, 2048, 8192, 32_768],
  prompts: [512, 2048, 8192],
  steps: 32,
};
const traceTokens = 16_384;

interface Asked {
  readonly parts: readonly Part[];
  readonly shape: ModelShape;
  readonly trace: string | undefined;
  readonly requests: number;
  readonly speedup: number;
  readonly kvCacheGiB: number;
  readonly directory: string;
}

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const asked = understood(values);
  const addon = await addonHere();
  const cases = asked.parts.includes("kernels") ? kernelCases(asked.shape) : [];
  const torch = await torchTimes([copyCase, matrixCase, ...cases]);
  const ceilings = ceilingsOf(addon, torch);
  const rows: Readonly<Record<string, string | number>>[] = [
    ...kernelRows(addon, [copyCase, matrixCase, ...cases], ceilings, torch.milliseconds),
  ];
  if (asked.parts.some((part) => part !== "kernels")) rows.push(...(await modelRows(addon, ceilings, asked)));
  const table = tableOf(addon, rows, { ceilings, torch, asked });
  keep(table, values);
  return table;
}

function understood(values: Readonly<Record<string, unknown>>): Asked {
  const names = String(values.parts).split(",");
  const unknown = names.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) throw new BenchRefusal(`--parts: ${unknown} is none of ${parts.join(", ")}`);
  const shape = shapes[String(values.shape)];
  if (!shape) throw new BenchRefusal(`--shape: ${values.shape} is none of ${Object.keys(shapes).join(", ")}`);
  const number = (name: string, most: number) => {
    const value = Number(values[name]);
    if (value > 0 && value <= most) return value;
    throw new BenchRefusal(`--${name}: ${values[name]} is no number above 0 and up to ${most}`);
  };
  const trace = values.trace === undefined ? undefined : String(values.trace);
  if (trace !== undefined && !existsSync(trace)) throw new BenchRefusal(`--trace: there is no file ${trace}`);
  return {
    parts: parts.filter((part) => names.includes(part) && (part !== "trace" || trace !== undefined)),
    shape,
    trace,
    requests: Math.ceil(number("requests", 100_000)),
    speedup: number("speedup", 1_000_000),
    kvCacheGiB: number("kv-cache-gib", 1024),
    directory: String(values.directory),
  };
}

/** Throws a BenchRefusal where there is nothing to measure. */
async function addonHere(): Promise<string> {
  if (!hasCudaDriver())
    throw new BenchRefusal("runtime-cuda measures a GPU, and this machine has no NVIDIA driver");
  const toolchain = findCudaToolchain();
  if (!toolchain) {
    throw new BenchRefusal(
      "runtime-cuda builds the runtime's kernels, and there is no nvcc in $CUDA_HOME, $PATH or " +
        "/usr/local/cuda: `npm run runtime -- doctor --install-cuda` fetches NVIDIA's from PyPI",
    );
  }
  const addon = await buildCuda({ toolchain });
  const { reason } = cudaDevices(addon);
  if (reason !== undefined) throw new BenchRefusal(`runtime-cuda measures a GPU: ${reason}`);
  return addon;
}

/** The best of what was seen: whoever measures less has not measured the device. */
function ceilingsOf(addon: string, { milliseconds }: TorchTimes): Ceilings {
  const rate = (one: typeof copyCase, of: "bytes" | "flops") => {
    const times = [millisecondsOf(addon, one), milliseconds.get(one.name) ?? Number.POSITIVE_INFINITY];
    return (kernelWork(one.kernel, one.shape)[of] / Math.min(...times)) * 1000;
  };
  return { bytesPerSecond: rate(copyCase, "bytes"), flopsPerSecond: rate(matrixCase, "flops") };
}

async function modelRows(addon: string, ceilings: Ceilings, asked: Asked) {
  const directory = mkdtempSync(join(asked.directory, "plinth-bench-cuda-"));
  const rows: Readonly<Record<string, string | number>>[] = [];
  try {
    writeModelFiles(directory, asked.shape);
    if (asked.parts.includes("model")) {
      const kvCacheBytes = Math.floor(asked.kvCacheGiB * 2 ** 30);
      const given = { shape: asked.shape, ceilings, runs: { ...runs, kvCacheBytes } };
      const { speeds, memory } = measureModel(addon, directory, given);
      rows.push(...speeds, ...memory, ...measureLibrary(addon, directory, given));
    }
    if (asked.parts.includes("trace") && asked.trace !== undefined) {
      const engine = {
        ...{ device: "cuda", stepTokens: 2048, sequences: 256 },
        kvCacheMiB: Math.floor(asked.kvCacheGiB * 1024),
      };
      const { trace: file, requests, speedup } = asked;
      rows.push(
        await measureTrace(directory, { file, requests, speedup, engine, sequenceTokens: traceTokens }),
      );
    }
    return rows;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function tableOf(
  addon: string,
  rows: Table["rows"],
  { ceilings, torch, asked }: { ceilings: Ceilings; torch: TorchTimes; asked: Asked },
): Table {
  const [device = ""] = cudaDevices(addon).names;
  const gigabytes = rounded(ceilings.bytesPerSecond / 1e9, 0);
  const teraflops = rounded(ceilings.flopsPerSecond / 1e12, 0);
  return {
    question:
      "How near is the CUDA device to what the GPU can do: kernels, whole steps, a trace, its memory?",
    machine: `${device}, driver ${driver()}, ${machine()}, ${new Date().toISOString().slice(0, 10)}`,
    rows,
    notes: [
      `Floors: all bytes once at ${gigabytes} GB/s or all products once at ${teraflops} TFLOP/s, whichever ` +
        "is longer; both measured here, the best of the device's copy and of a square bf16 product.",
      "Kernels: medians of nine replays of a graph of sixteen launches that read different copies.",
      "Steps: with what the processor does between them; goals are per cent of the floor.",
      `${torch.told}.`,
      ...(asked.trace === undefined ? ["No trace was played: --trace names none."] : []),
    ],
    summary: { device, driver: driver(), bytesPerSecond: ceilings.bytesPerSecond, ...flops(ceilings) },
  };
}

function flops({ flopsPerSecond }: Ceilings) {
  return { flopsPerSecond, date: new Date().toISOString() };
}

/** The driver's version, as its own tool tells it. */
function driver(): string {
  const asked = ["--query-gpu=driver_version", "--format=csv,noheader"];
  return told("nvidia-smi", asked).split("\n")[0] || "unknown";
}

function told(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

/** What bench/results keeps: the table, and what it was measured with. */
function keep({ summary, ...table }: Table, { to, commit }: Readonly<Record<string, unknown>>): void {
  if (to === undefined) return;
  const file = String(to);
  const at = commit ?? (told("git", ["rev-parse", "HEAD"]) || "unknown");
  mkdirSync(dirname(file), { recursive: true });
  const record = { bench: "runtime-cuda", commit: at, ...summary, ...table };
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
}
