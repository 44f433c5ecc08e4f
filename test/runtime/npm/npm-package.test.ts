import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuildNative } from "../../../runtime/device/native-build.ts";
import { projectRoot } from "../../../runtime/image/image-places.ts";
import { type WrittenPackage, writeNpmPackage } from "../../../runtime/npm/npm-package.ts";
import { version } from "../../../runtime/version.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const needed = [
  ...["@huggingface/jinja", "@huggingface/tokenizers", "@mlc-ai/web-xgrammar", "@opentelemetry/api"],
  ...["@opentelemetry/exporter-trace-otlp-http", "@opentelemetry/resources", "@opentelemetry/sdk-trace"],
  ...["fastify", "node-addon-api", "node-api-headers", "prom-client", "proper-lockfile", "zod"],
];

const jsonOf = (file: string) => JSON.parse(readFileSync(file, "utf8"));

/** A package without kernels, which must not be made for each question about it. */
const parent = mkdtempSync(join(tmpdir(), "plinth-package-"));
const directory = join(parent, "deep", "package");
let written: WrittenPackage;
beforeAll(async () => {
  written = await writeNpmPackage({ directory, prebuilds: join(parent, "none") });
});
afterAll(() => rmSync(parent, { recursive: true }));

test("it tells its program and its packages by exact version, and runs nothing when it is installed", () => {
  expect(written).toEqual({ name: "plinth-runtime", version, prebuilt: null });
  const { dependencies, engines } = jsonOf(join(projectRoot, "package.json"));
  expect(jsonOf(join(directory, "package.json"))).toEqual({
    name: "plinth-runtime",
    version,
    description: expect.any(String),
    license: "Apache-2.0",
    type: "module",
    bin: { plinth: "bin/plinth.js" },
    exports: { "./package.json": "./package.json" },
    engines,
    os: ["linux"],
    dependencies: Object.fromEntries(needed.map((name) => [name, dependencies[name]])),
  });
  expect(Object.values<string>(dependencies).filter((range) => !/^[\d.]+$/.test(range))).toEqual([]);
  expect(statSync(join(directory, "bin", "plinth.js")).mode & 0o777).toBe(0o755);
});

test("it has the page, the sources of the kernels as they are, and no TypeScript", () => {
  expect(readdirSync(directory).sort()).toEqual(["LICENSE", "README.md", "bin", "package.json", "runtime"]);
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => file.endsWith(".ts"))).toEqual([]);
  const native = join("runtime", "native");
  const sources = readdirSync(join(projectRoot, native), { recursive: true, encoding: "utf8" });
  expect(readdirSync(join(directory, native), { recursive: true, encoding: "utf8" }).sort()).toEqual(
    sources.sort(),
  );
  const page = readdirSync(join(projectRoot, "runtime", "page")).map((name) => name.replace(/\.ts$/, ".js"));
  expect(readdirSync(join(directory, "runtime", "page")).sort()).toEqual(page.sort());
});

test("kernels that were built of the same sources come with it, and no others", async () => {
  const prebuilds = temporaryDirectory();
  const addon = await prebuildNative(prebuilds);
  const platform = `${process.platform}-${process.arch}`;
  writeFileSync(join(prebuilds, platform, `plinth-${"0".repeat(32)}.node`), "of other sources");
  const directory = join(temporaryDirectory(), "package");
  const { prebuilt } = await writeNpmPackage({ directory, prebuilds });
  expect(join(prebuilds, (prebuilt ?? "").replace("prebuilds/", ""))).toBe(addon);
  expect(readdirSync(join(directory, "prebuilds", platform))).toEqual([prebuilt?.split("/").at(-1)]);
  expect(readFileSync(join(directory, prebuilt ?? ""))).toEqual(readFileSync(addon));
});

test("a directory in which something lies stays as it is", async () => {
  const inside = join(temporaryDirectory(), "package");
  mkdirSync(inside);
  writeFileSync(join(inside, "mine"), "");
  await expect(writeNpmPackage({ directory: inside, prebuilds: join(parent, "none") })).rejects.toThrow(
    "ENOTEMPTY",
  );
  expect([readdirSync(dirname(inside)), readdirSync(inside)]).toEqual([["package"], ["mine"]]);
});
