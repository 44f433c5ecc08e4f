/** Builds an addon for Node from C++, once for each state of its sources, its flags and its compilers. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

/** Sums keep their order and rounding: a sequence's answer does not depend on how it was computed. */
export const compilerFlags: readonly string[] = [
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

/** Headers with which sources speak to Node. */
function nodeIncludes(): readonly string[] {
  const require = createRequire(import.meta.url);
  return [
    dirname(require.resolve("node-addon-api/package.json")),
    join(dirname(require.resolve("node-api-headers/package.json")), "include"),
  ];
}

export interface AddonUnit {
  readonly source: string;
  readonly compiler: string;
  readonly flags: readonly string[];
}

export interface AddonBuild {
  readonly cacheDirectory: string;
  /** Of the addon's file. */
  readonly name: string;
  readonly units: readonly AddonUnit[];
  /** All files that the units are made of: another state of them is another addon. */
  readonly files: readonly string[];
  /** Of headers that belong to a toolchain: where they lie makes no other addon. */
  readonly includes?: readonly string[];
  readonly linker: string;
  /** Beside the objects. */
  readonly linkerFlags: readonly string[];
}

/** Where the addon is, once it is built. */
export function addonFile({ cacheDirectory, name, units, files, linker, linkerFlags }: AddonBuild): string {
  const hash = createHash("sha256");
  const commands = units.map(({ source, compiler, flags }) => [basename(source), compiler, flags]);
  hash.update(JSON.stringify([commands, linker, linkerFlags, process.arch, process.platform]));
  for (const file of [...files].sort()) hash.update(`\0${basename(file)}\0`).update(readFileSync(file));
  return join(cacheDirectory, hash.digest("hex").slice(0, 32), name);
}

/** The addon's file; builds it unless it is there. */
export async function buildAddon(build: AddonBuild): Promise<string> {
  const { cacheDirectory, name, units, linker, linkerFlags, includes = [] } = build;
  const target = addonFile(build);
  if (existsSync(target)) return target;
  mkdirSync(cacheDirectory, { recursive: true });
  // What another process builds at the same time is the same file: the last one to be renamed stays.
  const directory = mkdtempSync(join(cacheDirectory, "building-"));
  try {
    const objects: string[] = [];
    const headers = [...includes, ...nodeIncludes()].flatMap((include) => ["-isystem", include]);
    for (const { source, compiler, flags } of units) {
      const object = join(directory, `${basename(source)}.o`);
      await runCompiler(compiler, [...flags, ...headers, "-c", source, "-o", object]);
      objects.push(object);
    }
    const built = join(directory, name);
    await runCompiler(linker, ["-shared", "-pthread", ...objects, ...linkerFlags, "-o", built]);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(built, target);
    return target;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const outputBytesMax = 16 * 2 ** 20;

async function runCompiler(compiler: string, args: readonly string[]): Promise<void> {
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
