/**
 * Builds what computes on the processor, once for each state of its sources: each path is compiled with
 * instructions of its own, and which one runs is chosen when a model is loaded.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../cache-directory.ts";
import { buildAddon, compilerFlags } from "./addon-build.ts";

const sources = fileURLToPath(new URL("../native/", import.meta.url));

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
  const isX64 = process.arch === "x64";
  const files = readdirSync(sources).filter((file) => /\.[ch]pp$/.test(file));
  const units = files.filter((file) => file.endsWith(".cpp") && (isX64 || !pathFlags[file])).sort();
  return buildAddon({
    cacheDirectory: options.cacheDirectory ?? cacheDirectory(),
    name: "plinth.node",
    units: units.map((file) => ({
      source: join(sources, file),
      compiler,
      flags: [...compilerFlags, ...(pathFlags[file] ?? [])],
    })),
    files: files.map((file) => join(sources, file)),
    linker: compiler,
    linkerFlags: [],
  });
}
