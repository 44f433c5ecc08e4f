/**
 * Builds what computes on a CUDA device: one addon for all architectures that the toolchain knows, with the
 * static runtime, so that it can be loaded on machines without a driver.
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../cache-directory.ts";
import { type AddonBuild, buildAddon, compilerFlags } from "./addon-build.ts";
import type { CudaToolchain } from "./cuda-toolchain.ts";

const native = fileURLToPath(new URL("../native/", import.meta.url));
const sources = join(native, "cuda");
/** What C++ has no words for: headers that tests have others for. */
const instructions = join(sources, "instructions");

/** A100, H100 and H200, B200; of the last one also what later devices compile for themselves. */
const architectures = ["80", "90a", "100"] as const;

/** What both devices share of ../native. */
const sharedUnits = ["reading.cpp", "memory.cpp", "weights.cpp", "threads.cpp", "step.cpp"];

export interface CudaSources {
  readonly kernels: readonly string[];
  readonly host: readonly string[];
  /** With the headers of both. */
  readonly files: readonly string[];
}

export function cudaSources(): CudaSources {
  const inFolder = (folder: string, pattern: RegExp) =>
    readdirSync(folder)
      .filter((file) => pattern.test(file))
      .sort()
      .map((file) => join(folder, file));
  const kernels = inFolder(sources, /\.cu$/);
  const host = [...inFolder(sources, /\.cpp$/), ...sharedUnits.map((file) => join(native, file))];
  const headers = [...inFolder(sources, /\.(hpp|cuh)$/), ...inFolder(native, /\.hpp$/)];
  return { kernels, host, files: [...kernels, ...host, ...headers] };
}

export interface CudaBuildOptions {
  readonly toolchain: CudaToolchain;
  /** Where builds are kept. Default: plinth/runtime in the user's cache directory. */
  readonly cacheDirectory?: string;
  /** For the sources that nvcc does not compile. Default: g++. */
  readonly compiler?: string;
}

/** The addon's file; builds it unless it is there, which takes minutes. */
export async function buildCuda(options: CudaBuildOptions): Promise<string> {
  return buildAddon(buildOf(options));
}

function buildOf({ toolchain, compiler = "g++", ...options }: CudaBuildOptions): AddonBuild {
  const { kernels, host, files } = cudaSources();
  const forDevice = [
    ...["-std=c++17", "-O3", "-fmad=false", "-Xcompiler", "-fPIC,-fvisibility=hidden"],
    ...codeFlags(toolchain.nvcc),
    ...["-ccbin", compiler, "-I", instructions],
  ];
  return {
    cacheDirectory: options.cacheDirectory ?? cacheDirectory(),
    name: "plinth-cuda.node",
    units: [
      ...kernels.map((source) => ({ source, compiler: toolchain.nvcc, flags: forDevice })),
      ...host.map((source) => ({ source, compiler, flags: compilerFlags })),
    ],
    files: [...files, ...readdirSync(instructions).map((file) => join(instructions, file))],
    includes: toolchain.includes,
    linker: compiler,
    linkerFlags: ["-L", toolchain.libraries, "-lcudart_static", "-ldl", "-lrt"],
  };
}

/** Machine code for each, and for what comes after the last one the text that drivers compile. */
function codeFlags(nvcc: string): readonly string[] {
  const known = execFileSync(nvcc, ["--list-gpu-code"], { encoding: "utf8" }).split("\n");
  // nvcc lists no architecture's own instructions ("a") beside the architecture.
  const found = architectures.filter((name) => known.includes(`sm_${name.replace(/a$/, "")}`));
  return found.flatMap((name, index) => {
    const isLast = index === found.length - 1;
    const code = isLast && !name.endsWith("a") ? `[sm_${name},compute_${name}]` : `sm_${name}`;
    return ["-gencode", `arch=compute_${name},code=${code}`];
  });
}
