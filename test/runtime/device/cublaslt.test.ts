import { expect, test } from "vitest";
import { cublasLtFiles } from "../../../runtime/device/cublaslt.ts";

test("what the linker finds, then what lies beside the toolchain's libraries", () => {
  const toolchain = { nvcc: "/cuda/bin/nvcc", includes: [], libraries: "/cuda/lib64" };
  expect(cublasLtFiles(toolchain)).toEqual([
    "libcublasLt.so.13",
    "libcublasLt.so.12",
    "/cuda/lib64/libcublasLt.so.13",
    "/cuda/lib64/libcublasLt.so.12",
  ]);
});
