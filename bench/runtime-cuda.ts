/** How near is the CUDA device to what the GPU can do: each kernel, whole steps, a trace, and its memory? */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cublasLtFiles } from "../runtime/device/cublaslt.ts";
import { cudaDevices, hasCudaDriver } from "../runtime/device/cuda.ts";
import { buildCuda } from "../runtime/device/cuda-build.ts";
import { findCudaToolchain } from "../runtime/device/cuda-toolchain.ts";
import { machine, rounded } from "./support/measure.ts";
import { ceilingsOf, datasheetFlops, type Rate, type ToldCeilings } from "./support/runtime-cuda/ceilings.ts";
import { kernelWork, type ModelShape } from "./support/runtime-cuda/floors.ts";
import { FoundRows } from "./support/runtime-cuda/found-rows.ts";
import {
  copyCase,
  type KernelCase,
  kernelCases,
  matrixCase,
  measureKernels,
  millisecondsOf,
  readCase,
} from "./support/runtime-cuda/kernels.ts";
import { pythonLibraryFiles } from "./support/runtime-cuda/library-files.ts";
import { type ModelRuns, measureLibrary, measureModel, measureWgmma } from "./support/runtime-cuda/model.ts";
import { writeModelFiles } from "./support/runtime-cuda/model-files.ts";
import { torchTimes } from "./support/runtime-cuda/torch.ts";
import { measureTrace } from "./support/runtime-cuda/trace.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  parts: { type: "string", default: "kernels,model,library,trace" },
  shape: { type: "string", default: "8b" },
  /** One that was built before; without it, it is built here. */
  addon: { type: "string" },
  /** Tried before those that are found. */
  cublaslt: { type: "string" },
  python: { type: "string", default: "python3" },
  "torch-seconds": { type: "string", default: "120" },
  trace: { type: "string" },
  requests: { type: "string", default: "200" },
  speedup: { type: "string", default: "1" },
  /** Without it, what is left of the GPU. */
  "kv-cache-gib": { type: "string" },
  /** Where the made-up weights are written: 16 GB for the shape of 8B. */
  directory: { type: "string", default: tmpdir() },
  to: { type: "string" },
  commit: { type: "string" },
};

const parts = ["kernels", "model", "library", "trace"] as const;
type Part = (typeof parts)[number];

/** Of Llama 3.1 8B, and of Llama 3.2 1B (meta-llama, config.json; 2026-11-22). */
const shapes: Readonly<Record<string, ModelShape>> = {
  "8b": {
    ...{ layers: 32, hidden: 4096, intermediate: 14_336, vocabularySize: 128_256 },
    ...{ heads: 32, kvHeads: 8, headDim: 128 },
  },
  "1b": {
    ...{ layers: 16, hidden: 2048, intermediate: 8192, vocabularySize: 128_256 },
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
  readonly addon: string | undefined;
  readonly cublasLt: string | undefined;
  readonly python: string;
  readonly torchSeconds: number;
  readonly trace: string | undefined;
  readonly requests: number;
  readonly speedup: number;
  readonly kvCacheGiB: number | undefined;
  readonly directory: string;
}

interface Bench {
  readonly asked: Asked;
  readonly addon: string;
  readonly ceilings: ToldCeilings;
  readonly found: FoundRows["add"];
}

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const asked = understood(values);
  const addon = await addonHere(asked.addon);
  const [device = ""] = cudaDevices(addon).names;
  const at = values.commit ?? (told("git", ["rev-parse", "HEAD"]) || "unknown");
  const head = {
    bench: "runtime-cuda",
    commit: at,
    device,
    driver: driver(),
    date: new Date().toISOString(),
  };
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  const rows = new FoundRows({ head, file: values.to === undefined ? undefined : String(values.to), tell });
  const { ceilings, torch } = await measuredCeilings(addon, device, asked);
  const notes = notesOf(ceilings, torch, asked);
  rows.describe({ ...ceilings, notes });
  const bench: Bench = { asked, addon, ceilings, found: rows.add };
  if (asked.parts.includes("kernels")) notes.push(`Kernels: ${await kernels(bench)}.`);
  if (asked.parts.some((part) => part !== "kernels")) await models(bench);
  rows.describe({ notes, isWhole: true });
  return {
    question:
      "How near is the CUDA device to what the GPU can do: kernels, whole steps, a trace, its memory?",
    machine: `${device}, driver ${driver()}, ${machine()}, ${head.date.slice(0, 10)}`,
    rows: rows.rows,
    notes,
    summary: { device, driver: head.driver, date: head.date, ...ceilings },
  };
}

function understood(values: Readonly<Record<string, unknown>>): Asked {
  const names = String(values.parts).split(",");
  const unknown = names.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) throw new BenchRefusal(`--parts: ${unknown} is none of ${parts.join(", ")}`);
  const shape = shapes[String(values.shape)];
  if (!shape) throw new BenchRefusal(`--shape: ${values.shape} is none of ${Object.keys(shapes).join(", ")}`);
  const text = (name: string) => (values[name] === undefined ? undefined : String(values[name]));
  const number = (name: string, most: number) => {
    const value = Number(values[name]);
    if (value > 0 && value <= most) return value;
    throw new BenchRefusal(`--${name}: ${values[name]} is no number above 0 and up to ${most}`);
  };
  for (const name of ["trace", "addon", "cublaslt"]) {
    const file = text(name);
    if (file !== undefined && !existsSync(file))
      throw new BenchRefusal(`--${name}: there is no file ${file}`);
  }
  const trace = text("trace");
  return {
    parts: parts.filter((part) => names.includes(part) && (part !== "trace" || trace !== undefined)),
    shape,
    ...{ addon: text("addon"), cublasLt: text("cublaslt"), python: String(values.python), trace },
    torchSeconds: number("torch-seconds", 3600),
    requests: Math.ceil(number("requests", 100_000)),
    speedup: number("speedup", 1_000_000),
    kvCacheGiB: values["kv-cache-gib"] === undefined ? undefined : number("kv-cache-gib", 1024),
    directory: String(values.directory),
  };
}

/** Throws a BenchRefusal where there is nothing to measure. */
async function addonHere(given: string | undefined): Promise<string> {
  const addon = given === undefined ? await built() : resolve(given);
  const { reason } = cudaDevices(addon);
  if (reason !== undefined) throw new BenchRefusal(`runtime-cuda measures a GPU: ${reason}`);
  return addon;
}

async function built(): Promise<string> {
  if (!hasCudaDriver())
    throw new BenchRefusal("runtime-cuda measures a GPU, and this machine has no NVIDIA driver");
  const toolchain = findCudaToolchain();
  if (toolchain) return await buildCuda({ toolchain });
  throw new BenchRefusal(
    "runtime-cuda builds the runtime's kernels, and there is no nvcc in $CUDA_HOME, $PATH or " +
      "/usr/local/cuda: `npm run runtime -- doctor --install-cuda` fetches NVIDIA's from PyPI, and " +
      "--addon FILE takes what was built elsewhere",
  );
}

/** What is read weighs more than what is copied: decoding writes next to nothing. */
async function measuredCeilings(addon: string, device: string, { python, torchSeconds: seconds }: Asked) {
  const torch = await torchTimes([readCase, copyCase, matrixCase], { python, seconds });
  const rates = ({ name, kernel, shape }: KernelCase, of: "bytes" | "flops"): Rate[] => {
    const own = {
      by: `this runtime's ${name}`,
      milliseconds: millisecondsOf(addon, { name, kernel, shape }),
    };
    const other = { by: `PyTorch's ${name}`, milliseconds: torch.milliseconds.get(name) };
    return [own, other].flatMap(({ by, milliseconds }) => {
      if (milliseconds === undefined) return [];
      return [{ by, rate: (kernelWork(kernel, shape)[of] / milliseconds) * 1000 }];
    });
  };
  const flops = rates(matrixCase, "flops");
  // This runtime's own products are no measure of the device: without a library's, its maker's word counts.
  const datasheet = torch.milliseconds.has(matrixCase.name) ? undefined : datasheetFlops(device);
  const bytes = [...rates(readCase, "bytes"), ...rates(copyCase, "bytes")];
  return { ceilings: ceilingsOf(bytes, [...flops, ...(datasheet ? [datasheet] : [])]), torch: torch.told };
}

function kernels({ asked, ...given }: Bench): Promise<string> {
  const { python, torchSeconds: seconds } = asked;
  const torchOf: Parameters<typeof measureKernels>[1]["torchOf"] = (cases, found) =>
    torchTimes(cases, { python, seconds, found });
  return measureKernels(kernelCases(asked.shape), { ...given, torchOf });
}

async function models({ asked, addon, ceilings, found }: Bench): Promise<void> {
  const directory = mkdtempSync(join(asked.directory, "plinth-bench-cuda-"));
  try {
    writeModelFiles(directory, asked.shape);
    const kvCacheBytes = asked.kvCacheGiB === undefined ? undefined : Math.floor(asked.kvCacheGiB * 2 ** 30);
    const given = { shape: asked.shape, ceilings, runs: { ...runs, kvCacheBytes }, found };
    if (asked.parts.includes("model")) measureModel(addon, directory, given);
    if (asked.parts.includes("library")) {
      const named = asked.cublasLt === undefined ? [] : [resolve(asked.cublasLt)];
      const files = [...named, ...cublasLtFiles(), ...pythonLibraryFiles(asked.python)];
      measureLibrary(addon, directory, { ...given, files });
      measureWgmma(addon, directory, given);
    }
    if (asked.parts.includes("trace") && asked.trace !== undefined) {
      const engine = {
        ...{ device: "cuda", stepTokens: 2048, sequences: 256 },
        ...(asked.kvCacheGiB !== undefined && { kvCacheMiB: Math.floor(asked.kvCacheGiB * 1024) }),
      };
      const { trace: file, requests, speedup } = asked;
      found(await measureTrace(directory, { file, requests, speedup, engine, sequenceTokens: traceTokens }));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function notesOf(ceilings: ToldCeilings, torch: string, asked: Asked): string[] {
  const gigabytes = rounded(ceilings.bytesPerSecond / 1e9, 0);
  const teraflops = rounded(ceilings.flopsPerSecond / 1e12, 0);
  return [
    `Floors: all bytes once at ${gigabytes} GB/s (${ceilings.bytesBy}) or all products once at ` +
      `${teraflops} TFLOP/s (${ceilings.flopsBy}), whichever is longer.`,
    "Kernels: medians of nine replays of a graph of sixteen launches that read different copies.",
    "Steps: by the clock, from telling the device to having its answer; goals are per cent of the floor.",
    `Ceilings: ${torch}.`,
    ...(asked.trace === undefined ? ["No trace was played: --trace names none."] : []),
  ];
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
