import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cudaDevices, hasCudaDriver } from "../../../runtime/device/cuda.ts";
import { buildCuda, cudaSources } from "../../../runtime/device/cuda-build.ts";
import { findCudaToolchain } from "../../../runtime/device/cuda-toolchain.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function script(file: string, lines: string): string {
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("kernels by nvcc for what it knows, the rest by the compiler, the static runtime beside", async () => {
  const directory = temporaryDirectory();
  const log = join(directory, "log");
  mkdirSync(join(directory, "lib"));
  const writes = `echo "$0 $@" >> ${log}; for last; do :; done; echo built > "$last"`;
  const compiler = script(join(directory, "compiler"), writes);
  const nvcc = script(
    join(directory, "nvcc"),
    `[ "$1" = --list-gpu-code ] && { printf 'sm_80\\nsm_90\\n'; exit; }\n${writes}`,
  );
  const toolchain = { nvcc, includes: ["/headers"], libraries: "/libraries" };
  const options = { toolchain, compiler, cacheDirectory: join(directory, "cache") };
  expect(await buildCuda(options)).toMatch(/\/[0-9a-f]{32}\/plinth-cuda\.node$/);
  const calls = readFileSync(log, "utf8").trim().split("\n");
  const { kernels, host } = cudaSources();
  const byNvcc = calls.filter((call) => call.startsWith(nvcc));
  expect(byNvcc).toHaveLength(kernels.length);
  expect(byNvcc[0]).toContain(
    "-fmad=false -Xcompiler -fPIC,-fvisibility=hidden -gencode arch=compute_80,code=sm_80 " +
      "-gencode arch=compute_90a,code=sm_90a",
  );
  expect(calls).toHaveLength(kernels.length + host.length + 1);
  expect(calls.at(-1)).toMatch(/ -L \/libraries -lcudart_static -ldl -lrt -o /);
});

const toolchain = findCudaToolchain();

// Without a compiler of NVIDIA's nothing can be built; CI does not fetch one.
test.skipIf(!toolchain || hasCudaDriver())(
  "what nvcc builds is loaded on a machine without a driver, and says so",
  async () => {
    if (!toolchain) throw new Error("no toolchain");
    const addon = await buildCuda({ toolchain });
    expect(cudaDevices(addon)).toEqual({
      names: [],
      reason: expect.stringMatching(/^CUDA finds no device: /),
    });
  },
);
