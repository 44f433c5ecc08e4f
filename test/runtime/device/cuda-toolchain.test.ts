import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findCudaToolchain, installCudaToolchain } from "../../../runtime/device/cuda-toolchain.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function toolchainIn(home: string, libraries = "lib64"): string {
  for (const file of ["bin/nvcc", "include/cuda_runtime.h", `${libraries}/libcudart_static.a`]) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), "");
  }
  return home;
}

test("the first whole toolchain: $CUDA_HOME, $PATH, the usual place, the cache", () => {
  const root = temporaryDirectory();
  const cache = join(root, "cache");
  const usual = join(root, "usual");
  const look = (environment: NodeJS.ProcessEnv) => findCudaToolchain({ cache, usual, environment })?.nvcc;
  expect(look({})).toBeUndefined();
  toolchainIn(join(cache, "cuda", "nvidia", "cu13"), "lib");
  expect(look({})).toBe(join(cache, "cuda", "nvidia", "cu13", "bin", "nvcc"));
  toolchainIn(usual);
  expect(look({})).toBe(join(usual, "bin", "nvcc"));
  const onPath = toolchainIn(join(root, "path"), join("targets", "x86_64-linux", "lib"));
  expect(look({ PATH: `/nowhere:${join(onPath, "bin")}` })).toBe(join(onPath, "bin", "nvcc"));
  const home = toolchainIn(join(root, "home"));
  const environment = { PATH: join(onPath, "bin"), CUDA_HOME: home };
  expect(findCudaToolchain({ cache, usual, environment })).toEqual({
    nvcc: join(home, "bin", "nvcc"),
    includes: [join(home, "include")],
    libraries: join(home, "lib64"),
  });
});

test("half a toolchain is none", () => {
  const home = temporaryDirectory();
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin", "nvcc"), "");
  const environment = { CUDA_HOME: home };
  expect(findCudaToolchain({ cache: home, usual: "/nowhere", environment })).toBeUndefined();
});

test("what was installed once is not fetched again", async () => {
  const cache = temporaryDirectory();
  const home = toolchainIn(join(cache, "cuda", "nvidia", "cu13"), "lib");
  const wanted = new URL("../../../runtime/native/cuda/requirements.txt", import.meta.url);
  for (const [, name = "", version] of readFileSync(wanted, "utf8").matchAll(/^(nvidia\S+)==(\S+)/gm)) {
    mkdirSync(join(cache, "cuda", `${name.replaceAll("-", "_")}-${version}.dist-info`));
  }
  expect(await installCudaToolchain(cache)).toEqual({
    nvcc: join(home, "bin", "nvcc"),
    includes: [join(home, "include")],
    libraries: join(home, "lib"),
  });
});
