/** Where cuBLASLt may lie on this machine: what the linker finds, and beside the CUDA toolchain. */
import { join } from "node:path";
import { findCudaToolchain } from "./cuda-toolchain.ts";

/** The newest first; both have the functions that are used. */
const names = ["libcublasLt.so.13", "libcublasLt.so.12"] as const;

/** Files to try in turn; the addon says of each why it cannot be opened. */
export function cublasLtFiles(toolchain = findCudaToolchain()): readonly string[] {
  return [...names, ...(toolchain ? names.map((name) => join(toolchain.libraries, name)) : [])];
}
