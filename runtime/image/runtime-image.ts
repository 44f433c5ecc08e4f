/**
 * The runtime's own image: Node and the libraries of this machine, the packages that the runtime needs, its
 * sources, its kernels, and a model if one is given. Nothing else is in it, no shell either.
 */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { prebuildName } from "../device/native-build.ts";
import { version } from "../version.ts";
import { type WrittenImage, writeImage } from "./image-layout.ts";
import { home, imageEntrypoint, imageEnvironment, node, projectRoot } from "./image-places.ts";
import { type Entries, type Entry, entriesOf } from "./layer.ts";
import { modelEntries } from "./model-layer.ts";
import { namedPackages, packageDirectories } from "./packages.ts";
import { sharedLibraries } from "./shared-libraries.ts";

export interface RuntimeImageOptions {
  readonly directory: string;
  readonly tag: string;
  /** What `buildNative` answered. */
  readonly addon: string;
  /** Directory of a model. Default: none; one has to be mounted at /model. */
  readonly model?: string;
}

/** Nobody: what images without a user of their own run as (GoogleContainerTools/distroless, README). */
const user = 65_532;
const port = 8000;

export async function writeRuntimeImage(options: RuntimeImageOptions): Promise<WrittenImage> {
  const { directory, tag, addon, model } = options;
  const layers = [
    { name: "node and its libraries", entries: await system(addon) },
    { name: "packages", entries: await packages() },
    { name: "runtime", entries: await program(addon) },
    ...(model === undefined ? [] : [{ name: "model", entries: modelEntries(model, "/model") }]),
  ];
  return writeImage({
    directory,
    tag,
    layers,
    entrypoint: [...imageEntrypoint],
    workingDirectory: home,
    user,
    environment: { ...imageEnvironment },
    port,
    labels: {
      "org.opencontainers.image.title": "plinth-runtime",
      "org.opencontainers.image.description": "An inference runtime that answers OpenAI's API",
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.licenses": "Apache-2.0",
    },
  });
}

/** What a root file system that may be read only has to have. */
async function system(addon: string): Promise<Entries> {
  const program = await realpath(process.execPath);
  const libraries = new Set([...(await sharedLibraries(program)), ...(await sharedLibraries(addon))]);
  const entries = new Map<string, Entry>([
    [node, { type: "file", source: program, isExecutable: true }],
    ["/etc/passwd", { type: "text", text: `plinth:x:${user}:${user}::/tmp:/\n` }],
    ["/etc/group", { type: "text", text: `plinth:x:${user}:\n` }],
    ["/tmp", { type: "directory", mode: 0o1777 }],
    ...["/proc", "/sys", "/dev"].map((path): [string, Entry] => [path, { type: "directory" }]),
  ]);
  for (const library of libraries) {
    entries.set(library, { type: "file", source: await realpath(library), isExecutable: true });
  }
  return entries;
}

async function packages(): Promise<Entries> {
  const names = namedPackages(projectRoot, join(projectRoot, "runtime"));
  const entries = new Map<string, Entry>();
  for (const path of packageDirectories(projectRoot, names)) {
    for (const [file, entry] of await entriesOf(join(projectRoot, path), `${home}/${path}`))
      entries.set(file, entry);
  }
  return entries;
}

async function program(addon: string): Promise<Entries> {
  const manifest: Entry = { type: "file", source: join(projectRoot, "package.json"), isExecutable: false };
  return new Map([
    ...(await entriesOf(join(projectRoot, "runtime"), `${home}/runtime`)),
    [`${home}/package.json`, manifest],
    [`${home}/prebuilds/${prebuildName(addon)}`, { type: "file", source: addon, isExecutable: true }],
  ]);
}
