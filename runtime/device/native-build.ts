/**
 * Builds what computes on the processor, once for each state of its sources: each path is compiled with
 * instructions of its own, and which one runs is chosen when a model is loaded.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheDirectory } from "../cache-directory.ts";

const sources = fileURLToPath(new URL("../native/", import.meta.url));

/** Sums keep their order and rounding: a sequence's answer does not depend on how it was computed. */
const commonFlags = [
  "-std=c++17",
  "-O3",
  "-fPIC",
  "-ffp-contract=off",
  "-fvisibility=hidden",
  "-Wall",
  "-Wextra",
  "-DNAPI_VERSION=8",
  "-DNAPI_CPP_EXCEPTIONS",
];

const avx2 = ["-mavx2", "-mfma"];
const avx512 = [...avx2, "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq"];

/** Only these files may use more than every processor of the architecture has. */
const pathFlags: Readonly<Record<string, readonly string[]>> = {
  "kernels-avx2.cpp": avx2,
  "kernels-avx512.cpp": avx512,
  "kernels-avx512-bf16.cpp": [...avx512, "-mavx512bf16"],
  "kernels-amx.cpp": [...avx512, "-mavx512bf16", "-mamx-tile", "-mamx-bf16"],
};

export interface NativeBuildOptions {
  /** Where builds are kept. Default: plinth/runtime in the user's cache directory. */
  readonly cacheDirectory?: string;
  /** Default: g++. */
  readonly compiler?: string;
}

/** The addon's file; builds it unless it is there. */
export async function buildNative(options: NativeBuildOptions = {}): Promise<string> {
  const { compiler = "g++" } = options;
  const cache = options.cacheDirectory ?? cacheDirectory();
  const isX64 = process.arch === "x64";
  const files = readdirSync(sources).filter((file) => /\.[ch]pp$/.test(file));
  const units = files.filter((file) => file.endsWith(".cpp") && (isX64 || !pathFlags[file])).sort();
  const target = join(cache, keyOf(files.sort(), compiler), "plinth.node");
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  // What another process builds at the same time is the same file: the last one to be renamed stays.
  const directory = mkdtempSync(join(cache, "building-"));
  try {
    const objects: string[] = [];
    for (const unit of units) objects.push(await compile(compiler, unit, directory));
    const built = join(directory, "plinth.node");
    await run(compiler, ["-shared", "-pthread", ...objects, "-o", built]);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(built, target);
    return target;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compile(compiler: string, unit: string, directory: string): Promise<string> {
  const object = join(directory, `${basename(unit, ".cpp")}.o`);
  const includes = includeDirectories().flatMap((include) => ["-isystem", include]);
  const flags = [...commonFlags, ...(pathFlags[unit] ?? []), ...includes];
  await run(compiler, [...flags, "-c", join(sources, unit), "-o", object]);
  return object;
}

function includeDirectories(): readonly string[] {
  const require = createRequire(import.meta.url);
  return [
    dirname(require.resolve("node-addon-api/package.json")),
    join(dirname(require.resolve("node-api-headers/package.json")), "include"),
  ];
}

function keyOf(files: readonly string[], compiler: string): string {
  const hash = createHash("sha256");
  const flags = JSON.stringify([commonFlags, pathFlags, compiler, process.arch, process.platform]);
  hash.update(flags);
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(sources, file)));
  return hash.digest("hex").slice(0, 32);
}

const outputBytesMax = 16 * 2 ** 20;

async function run(compiler: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(compiler, args, { maxBuffer: outputBytesMax });
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") {
      throw new Error(`the C++ compiler ${compiler} is not there: the runtime's kernels are built with it`);
    }
    throw new Error(`the runtime's kernels cannot be built by ${compiler}:\n${stderr.trim()}`);
  }
}
