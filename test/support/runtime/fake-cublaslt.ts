/** A library with cuBLASLt's functions for the emulated device, and what it was asked for. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../temporary-directory.ts";

export interface FakeCublasLt {
  readonly file: string;
  /** In order; empty before it was opened. */
  calls(): readonly string[];
}

export function fakeCublasLt(): FakeCublasLt {
  const directory = temporaryDirectory();
  const file = join(directory, "libcublasLt.so.13");
  const log = join(directory, "log");
  const folder = import.meta.dirname;
  const source = join(folder, "cublaslt", "fake.cpp");
  const flags = ["-std=c++17", "-O2", "-shared", "-fPIC", "-fvisibility=default", `-DLOG="${log}"`];
  execFileSync("g++", [...flags, "-I", join(folder, "cuda"), source, "-o", file]);
  return {
    file,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []),
  };
}
