/** NVIDIA's compiler: the machine's own, or the pinned one from PyPI when it is asked for. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheDirectory } from "../cache-directory.ts";

export interface CudaToolchain {
  readonly nvcc: string;
  readonly includes: readonly string[];
  /** The directory of the static runtime. */
  readonly libraries: string;
}

const requirements = fileURLToPath(new URL("../native/cuda/requirements.txt", import.meta.url));
const installSeconds = 1800;

interface Places {
  /** Default: plinth/runtime in the user's cache directory. */
  readonly cache?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly usual?: string;
}

/** The first that is whole: $CUDA_HOME, nvcc's of $PATH, /usr/local/cuda, what was installed in the cache. */
export function findCudaToolchain(places: Places = {}): CudaToolchain | undefined {
  const { cache = cacheDirectory(), environment = process.env, usual = "/usr/local/cuda" } = places;
  const onPath = (environment.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  const homes = [
    ...(environment.CUDA_HOME ? [environment.CUDA_HOME] : []),
    ...onPath.filter((directory) => existsSync(join(directory, "nvcc"))).map(dirname),
    usual,
    installed(cache),
  ];
  return homes.map(toolchainAt).find((found) => found !== undefined);
}

function installed(cache: string): string {
  return join(cache, "cuda", "nvidia", "cu13");
}

function toolchainAt(home: string): CudaToolchain | undefined {
  const nvcc = join(home, "bin", "nvcc");
  const includes = [
    join(home, "include"),
    join(home, "include", "cccl"),
    join(home, "targets", "x86_64-linux", "include"),
  ].filter((directory) => existsSync(directory));
  const libraries = [
    join(home, "lib64"),
    join(home, "lib"),
    join(home, "targets", "x86_64-linux", "lib"),
  ].find((directory) => existsSync(join(directory, "libcudart_static.a")));
  return existsSync(nvcc) && includes.length > 0 && libraries ? { nvcc, includes, libraries } : undefined;
}

/** Whether each of the packages is there in its version, as pip records it. */
function isInstalled(cache: string): boolean {
  const packages = [...readFileSync(requirements, "utf8").matchAll(/^([a-z0-9-]+)==(\S+)/gm)];
  return packages.every(([, name = "", version]) =>
    existsSync(join(cache, "cuda", `${name.replaceAll("-", "_")}-${version}.dist-info`)),
  );
}

/** Fetches what it lacks (several hundred MB) from PyPI with pip, each file by its hash. */
export async function installCudaToolchain(cache: string = cacheDirectory()): Promise<CudaToolchain> {
  const before = isInstalled(cache) ? toolchainAt(installed(cache)) : undefined;
  if (before) return before;
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, "installing-"));
  try {
    const pip = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--no-deps",
      "--only-binary",
      ":all:",
      "--require-hashes",
    ];
    const given = ["--target", directory, "--requirement", requirements];
    await promisify(execFile)("python3", [...pip, ...given], { timeout: installSeconds * 1000 });
    rmSync(join(cache, "cuda"), { recursive: true, force: true });
    renameSync(directory, join(cache, "cuda"));
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`NVIDIA's compiler cannot be installed from PyPI: ${stderr.trim() || message}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const found = toolchainAt(installed(cache));
  if (!found) throw new Error(`what was installed in ${join(cache, "cuda")} is no CUDA toolchain`);
  return found;
}
