/**
 * The runtime as an npm package: its modules as JavaScript, the page, the sources of its kernels, those that
 * were prebuilt of the same sources, and its packages by exact version. Nothing runs when it is installed.
 */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { prebuildName, prebuiltNative } from "../device/native-build.ts";
import { projectRoot } from "../image/image-places.ts";
import { type Entries, type Entry, entriesOf } from "../image/layer.ts";
import { packagesIn } from "../image/packages.ts";
import { strippedModules } from "./stripped-modules.ts";

export interface NpmPackageOptions {
  readonly directory: string;
  /** Where kernels may lie that were built before. Default: prebuilds in the project. */
  readonly prebuilds?: string;
}

export interface WrittenPackage {
  readonly name: string;
  readonly version: string;
  /** Where in the package the kernels of this platform lie; null where none were built before. */
  readonly prebuilt: string | null;
}

const name = "plinth-runtime";
const entry = "runtime/plinth-main.ts";
const program = "bin/plinth.js";

const project = z.object({
  version: z.string().min(1),
  license: z.string().min(1),
  engines: z.object({ node: z.string().min(1) }),
  dependencies: z.record(z.string(), z.string()),
});

/** Makes the directory whole or not at all: it may be there already if nothing is in it. */
export async function writeNpmPackage({ directory, prebuilds }: NpmPackageOptions): Promise<WrittenPackage> {
  const whole = resolve(directory);
  const addon = prebuiltNative({ ...(prebuilds !== undefined && { prebuilds }) });
  const prebuilt = addon === undefined ? null : join("prebuilds", prebuildName(addon));
  const { manifest, entries } = await packageEntries();
  const kernels: [string, Entry][] =
    addon === undefined || prebuilt === null
      ? []
      : [[prebuilt, { type: "file", source: addon, isExecutable: true }]];
  await mkdir(dirname(whole), { recursive: true });
  const unfinished = await mkdtemp(`${whole}-unfinished-`);
  try {
    const at = join(unfinished, "package");
    await writeEntries(new Map([...entries, ...kernels]), at);
    await rename(at, whole);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return { name, version: manifest.version, prebuilt };
}

async function packageEntries(): Promise<{ manifest: { readonly version: string }; entries: Entries }> {
  const modules = strippedModules(projectRoot, entry);
  const manifest = await manifestOf([...modules.values()]);
  const page = await entriesOf(join(projectRoot, "runtime", "page"), "runtime/page");
  const text = (content: string): Entry => ({ type: "text", text: content });
  const copy = (path: string): Entry => ({
    type: "file",
    source: join(projectRoot, path),
    isExecutable: false,
  });
  const entries = new Map<string, Entry>([
    ["package.json", text(`${JSON.stringify(manifest, null, 2)}\n`)],
    ["README.md", copy("runtime/npm/README.md")],
    ["LICENSE", copy("LICENSE")],
    [program, text(`#!/usr/bin/env node\nimport "../${entry.replace(/ts$/, "js")}";\n`)],
    ...[...modules].map(([path, code]): [string, Entry] => [path, text(code)]),
    ...[...page].filter(([path]) => !path.endsWith(".ts")),
    ...(await entriesOf(join(projectRoot, "runtime", "native"), "runtime/native")),
  ]);
  return { manifest, entries };
}

async function manifestOf(sources: readonly string[]) {
  const { version, license, engines, dependencies } = project.parse(
    JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8")),
  );
  return {
    name,
    version,
    description: "An inference runtime that answers OpenAI's API, with kernels of its own",
    license,
    type: "module",
    bin: { plinth: program },
    // A program, and no library: nothing of it is promised to whoever imports it.
    exports: { "./package.json": "./package.json" },
    engines,
    os: ["linux"],
    dependencies: Object.fromEntries(
      packagesIn(Object.keys(dependencies), sources).map((needed) => [needed, dependencies[needed]]),
    ),
  };
}

async function writeEntries(entries: Entries, directory: string): Promise<void> {
  for (const [path, entry] of entries) {
    const file = join(directory, path);
    await mkdir(entry.type === "directory" ? file : dirname(file), { recursive: true });
    if (entry.type === "text") await writeFile(file, entry.text);
    if (entry.type === "file") await copyFile(entry.source, file);
    if (path === program) await chmod(file, 0o755);
  }
}
