/** NVIDIA's library for exchange between GPUs, for emulated ones: see nccl/nccl.cpp beside this file. */
import { join } from "node:path";
import { cacheDirectory } from "../../../runtime/cache-directory.ts";
import { buildAddon, compilerFlags } from "../../../runtime/device/addon-build.ts";

/** In which of its calls rank 1 fails, or does not come back. */
export interface NcclFault {
  readonly failsAt?: number;
  readonly hangsAt?: number;
}

/** The library's file. */
export function buildEmulatedNccl({ failsAt, hangsAt }: NcclFault = {}): Promise<string> {
  const [exchange, emulation] = ["nccl", "cuda"].map((folder) => join(import.meta.dirname, folder));
  const source = join(exchange ?? "", "nccl.cpp");
  const faults = [
    ...(failsAt === undefined ? [] : [`-DRANK_FAILS=${failsAt}`]),
    ...(hangsAt === undefined ? [] : [`-DRANK_HANGS=${hangsAt}`]),
  ];
  return buildAddon({
    cacheDirectory: cacheDirectory(),
    name: "libnccl.so.2",
    units: [
      {
        source,
        compiler: "g++",
        flags: [...compilerFlags, "-fvisibility=default", "-Wno-unknown-pragmas", ...faults],
      },
    ],
    files: [source, join(emulation ?? "", "cuda_runtime.h")],
    includes: [emulation ?? ""],
    linker: "g++",
    linkerFlags: [],
  });
}
