import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import {
  buildNative,
  prebuildName,
  prebuildNative,
  prebuiltNative,
} from "../../../runtime/device/native-build.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** A compiler that writes what it was asked for to its output, and counts how often it was called. */
function fakeCompiler(directory: string, script: string): string {
  const file = join(directory, "compiler");
  writeFileSync(file, `#!/bin/sh\necho "$@" >> ${directory}/calls\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const writes = 'for last; do :; done; echo built > "$last"';

test("what was built once is there: the file is the same, and nothing is compiled", async () => {
  const cacheDirectory = temporaryDirectory();
  const compiler = fakeCompiler(temporaryDirectory(), writes);
  const file = await buildNative({ cacheDirectory, compiler });
  expect(file).toMatch(/\/[0-9a-f]{32}\/plinth\.node$/);
  expect(readdirSync(cacheDirectory)).toHaveLength(1);
  writeFileSync(compiler, "#!/bin/sh\nexit 1\n");
  expect(await buildNative({ cacheDirectory, compiler })).toBe(file);
});

test("what was built elsewhere from the same sources is taken, and nothing else", async () => {
  const [cacheDirectory, prebuilds] = [temporaryDirectory(), temporaryDirectory()];
  const compiler = fakeCompiler(temporaryDirectory(), writes);
  const prebuilt = await prebuildNative(prebuilds, { cacheDirectory, compiler });
  expect(prebuilt).toMatch(/\/linux-[a-z0-9]+\/plinth-[0-9a-f]{32}\.node$/);
  expect(prebuilt).toBe(join(prebuilds, prebuildName(prebuilt)));
  expect(readFileSync(prebuilt, "utf8")).toBe("built\n");
  for (const place of [prebuilds, relative(process.cwd(), prebuilds)]) {
    expect(prebuiltNative({ compiler, prebuilds: place })).toBe(prebuilt);
  }
  writeFileSync(compiler, "#!/bin/sh\nexit 1\n");
  const elsewhere = { cacheDirectory: temporaryDirectory(), compiler, isLoadable: () => true };
  expect(await buildNative({ ...elsewhere, prebuilds })).toBe(prebuilt);
  expect(await prebuildNative(prebuilds, { ...elsewhere, prebuilds })).toBe(prebuilt);
  renameSync(prebuilt, prebuilt.replace(/[0-9a-f]{32}/, "0".repeat(32)));
  expect(prebuiltNative({ compiler, prebuilds })).toBeUndefined();
  await expect(buildNative({ ...elsewhere, prebuilds })).rejects.toThrow("cannot be built");
});

test("what was built elsewhere and cannot be loaded here is built here", async () => {
  const [cacheDirectory, prebuilds] = [temporaryDirectory(), temporaryDirectory()];
  const compiler = fakeCompiler(temporaryDirectory(), writes);
  await prebuildNative(prebuilds, { cacheDirectory, compiler });
  const here = temporaryDirectory();
  expect(dirname(dirname(await buildNative({ cacheDirectory: here, compiler, prebuilds })))).toBe(here);
});

test("another compiler builds anew, and two builds at once leave one file", async () => {
  const cacheDirectory = temporaryDirectory();
  const [one, other] = [
    fakeCompiler(temporaryDirectory(), writes),
    fakeCompiler(temporaryDirectory(), writes),
  ];
  const files = await Promise.all(
    [one, one, other].map((compiler) => buildNative({ cacheDirectory, compiler })),
  );
  expect(files[0]).toBe(files[1]);
  expect(files[0]).not.toBe(files[2]);
  expect(readdirSync(cacheDirectory).sort()).toEqual(
    files
      .slice(1)
      .map((file) => dirname(file).slice(-32))
      .sort(),
  );
});

test("a compiler that is not there is named", async () => {
  const cacheDirectory = temporaryDirectory();
  const compiler = join(cacheDirectory, "no-such-compiler");
  await expect(buildNative({ cacheDirectory, compiler })).rejects.toThrow(
    `the C++ compiler ${compiler} is not there: the runtime's kernels are built with it`,
  );
});

test("what a compiler complains of is told, and nothing half built stays", async () => {
  const cacheDirectory = temporaryDirectory();
  const compiler = fakeCompiler(temporaryDirectory(), "echo 'strange flag' >&2; exit 1");
  await expect(buildNative({ cacheDirectory, compiler })).rejects.toThrow(
    /cannot be built by .*:\nstrange flag$/,
  );
  expect(readdirSync(cacheDirectory)).toEqual([]);
});

test("without options it lies in the user's cache", async () => {
  const file = await buildNative();
  expect(file).toContain(join("plinth", "runtime"));
  expect(existsSync(file)).toBe(true);
});
