import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type AddonBuild, buildAddon } from "../../../runtime/device/addon-build.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** Writes what it was asked for to its output. */
const compilerText = '#!/bin/sh\nfor last; do :; done\necho "$@" > "$last"\n';

function buildWith(change: Partial<AddonBuild> = {}): AddonBuild {
  const directory = temporaryDirectory();
  const [source, compiler] = [join(directory, "unit.cu"), join(directory, "compiler")];
  writeFileSync(source, "int one;");
  writeFileSync(compiler, compilerText);
  chmodSync(compiler, 0o755);
  return {
    cacheDirectory: join(directory, "cache"),
    name: "made.node",
    units: [{ source, compiler: "./compiler", flags: ["-flag"] }],
    files: [source],
    linker: "./compiler",
    linkerFlags: ["-last"],
    ...change,
  };
}

/** With the compiler's own path, which is another in each directory. */
function withPath(build: AddonBuild): AddonBuild {
  const compiler = join(build.cacheDirectory, "..", "compiler");
  return { ...build, linker: compiler, units: build.units.map((unit) => ({ ...unit, compiler })) };
}

test("each unit by its own flags and with the toolchain's headers, then the linker's", async () => {
  const build = withPath(buildWith({ includes: ["headers"] }));
  const file = await buildAddon(build);
  expect(readFileSync(file, "utf8")).toMatch(
    /^-shared -pthread \S+\/unit\.cu\.o -last -o \S+\/made\.node\n$/,
  );
  const [unit] = build.units;
  expect(unit?.flags).toEqual(["-flag"]);
});

test("another state of a file and other flags are another addon, other headers are not", async () => {
  const build = withPath(buildWith());
  const first = await buildAddon(build);
  expect(await buildAddon({ ...build, includes: ["elsewhere"] })).toBe(first);
  const files = [
    first,
    await buildAddon({ ...build, linkerFlags: ["-other"] }),
    await buildAddon({ ...build, units: build.units.map((unit) => ({ ...unit, flags: [] })) }),
  ];
  writeFileSync(build.files[0] ?? "", "int two;");
  files.push(await buildAddon(build));
  expect(new Set(files).size).toBe(4);
});
