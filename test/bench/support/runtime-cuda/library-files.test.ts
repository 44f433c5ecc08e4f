import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pythonLibraryFiles } from "../../../../bench/support/runtime-cuda/library-files.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

test("where NVIDIA's wheels have it, in each folder that python names", () => {
  const file = join(temporaryDirectory(), "python3");
  writeFileSync(file, "#!/bin/sh\necho /one/nvidia\necho /two/nvidia\n");
  chmodSync(file, 0o755);
  expect(pythonLibraryFiles(file)).toEqual([
    "/one/nvidia/cu13/lib/libcublasLt.so.13",
    "/one/nvidia/cublas/lib/libcublasLt.so.13",
    "/one/nvidia/cublas/lib/libcublasLt.so.12",
    "/two/nvidia/cu13/lib/libcublasLt.so.13",
    "/two/nvidia/cublas/lib/libcublasLt.so.13",
    "/two/nvidia/cublas/lib/libcublasLt.so.12",
  ]);
});

test("none without the wheels, or without python", () => {
  expect(pythonLibraryFiles("false")).toEqual([]);
  expect(pythonLibraryFiles("/nowhere/python3")).toEqual([]);
});
