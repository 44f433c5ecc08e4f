/** The CUDA device's own sources, compiled for the processor: see cuda/cuda_runtime.h beside this file. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../../../runtime/cache-directory.ts";
import { buildAddon, compilerFlags } from "../../../runtime/device/addon-build.ts";
import { cudaSources } from "../../../runtime/device/cuda-build.ts";

/** The addon's file. */
export function buildEmulatedCuda(): Promise<string> {
  const folder = join(import.meta.dirname, "cuda");
  const { kernels, host, files } = cudaSources();
  const flags = [...compilerFlags, "-Wno-unknown-pragmas"];
  const all = readdirSync(folder).map((file) => join(folder, file));
  const emulation = all.filter((file) => file.endsWith(".cpp"));
  return buildAddon({
    cacheDirectory: cacheDirectory(),
    name: "plinth-cuda-emulated.node",
    units: [
      ...kernels.map((source) => ({ source, compiler: "g++", flags: [...flags, "-x", "c++"] })),
      ...[...host, ...emulation].map((source) => ({ source, compiler: "g++", flags })),
    ],
    files: [...files, ...all],
    includes: [folder],
    linker: "g++",
    linkerFlags: [],
  });
}
