/**
 * Builds what computes on the processor, once for each state of its sources: each path is compiled with
 * instructions of its own, and which one runs is chosen when a model is loaded. What was built before and
 * lies beside the sources is taken as it is, if it was built from the same ones.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../cache-directory.ts";
import { type AddonBuild, addonFile, buildAddon, compilerFlags } from "./addon-build.ts";

const sources = fileURLToPath(new URL("../native/", import.meta.url));
export const projectPrebuilds = fileURLToPath(new URL("../../prebuilds/", import.meta.url));

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
  /** Where an addon may lie that was built elsewhere. Default: prebuilds in the project. */
  readonly prebuilds?: string;
  /** Whether this machine can load one that was built elsewhere. Default: it is tried. */
  readonly isLoadable?: (addon: string) => boolean;
}

/** The addon's file; builds it unless it is there. */
export async function buildNative(options: NativeBuildOptions = {}): Promise<string> {
  const { isLoadable = loads } = options;
  const prebuilt = prebuiltNative(options);
  return prebuilt !== undefined && isLoadable(prebuilt) ? prebuilt : buildAddon(buildOf(options));
}

/** False for one of another C library, or of a newer one than this machine has. */
function loads(addon: string): boolean {
  try {
    createRequire(import.meta.url)(addon);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_DLOPEN_FAILED") return false;
    throw error;
  }
}

/** The addon that was built before, of these very sources; undefined where there is none. */
export function prebuiltNative(options: NativeBuildOptions = {}): string | undefined {
  const { prebuilds = projectPrebuilds } = options;
  const prebuilt = resolve(prebuilds, prebuildName(addonFile(buildOf(options))));
  return existsSync(prebuilt) ? prebuilt : undefined;
}

function buildOf(options: NativeBuildOptions): AddonBuild {
  const { compiler = "g++" } = options;
  const isX64 = process.arch === "x64";
  const files = readdirSync(sources).filter((file) => /\.[ch]pp$/.test(file));
  const units = files.filter((file) => file.endsWith(".cpp") && (isX64 || !pathFlags[file])).sort();
  return {
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
  };
}

/** Builds the addon, and puts it where the same sources look for it on other machines of this platform. */
export async function prebuildNative(prebuilds: string, options: NativeBuildOptions = {}): Promise<string> {
  const built = await buildNative({ ...options, prebuilds });
  const target = resolve(prebuilds, prebuildName(built));
  if (built === target) return built;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(built, target);
  return target;
}

/**
 * Where such an addon lies below `prebuilds`, as an addon that was built here or elsewhere is called. The
 * name says what it was built from: one of other sources is never taken.
 */
export function prebuildName(addon: string): string {
  const key = /plinth-([0-9a-f]+)\.node$/.exec(addon)?.[1] ?? basename(dirname(addon));
  return join(`${process.platform}-${process.arch}`, `plinth-${key}.node`);
}
