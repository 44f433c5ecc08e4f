/** Builds one part in a scratch folder and moves it to its place in one step. */
import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { type GoRun, goEnvironment, runGo } from "./go.ts";
import type { ModuleFiles, ModuleName, TextFile } from "./parts.ts";
import type { Recipe } from "./recipe.ts";

/** Where and for whom parts are built. */
export interface Site {
  /** The toolchain directory: finished parts, scratch folders and logs. */
  readonly directory: string;
  /** The folder of the Go modules. */
  readonly modules: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Receives the package or download that `go` is busy with. */
  readonly onActivity: (text: string) => void;
}

const scratchPrefix = ".building-";

/** Builds a part; it appears under its final name only when it is whole. */
export async function buildPart(recipe: Recipe, site: Site): Promise<void> {
  const { part } = recipe;
  const scratch = join(site.directory, `${scratchPrefix}${recipe.folderName}`);
  const finished = join(site.directory, recipe.folderName);
  const log = await freshLog(recipe.folderName, site);
  const made = join(scratch, "part");
  try {
    await mkdir(join(scratch, "tmp"), { recursive: true });
    await mkdir(join(made, "bin"), { recursive: true });

    const folder = await copyModule(part.module, scratch, site);
    const run = goRun(folder, `the build of ${part.name}`, log, site);
    await copyModuleFiles(part.embeds ?? [], folder, run);
    const binary = join(made, "bin", part.binary);
    await runGo([...recipe.goArguments, "-o", binary, part.package], run);
    for (const program of part.programs) {
      if (program !== part.binary) await symlink(part.binary, join(made, "bin", program));
    }
    for (const [asset, files] of Object.entries(part.assets ?? {})) {
      await copyModuleFiles(files, join(made, "share", asset), run);
    }
    await flush(binary);
    // What stands there now, if anything, was found to be damaged.
    await rm(finished, { recursive: true, force: true });
    await rename(made, finished);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Downloads what a module's packages need, so that the next build need not wait for the network. */
export async function prefetchModule(recipes: readonly Recipe[], site: Site): Promise<void> {
  const [first] = recipes;
  if (first === undefined) return;
  const { module } = first.part;
  const scratch = join(site.directory, `${scratchPrefix}download-${module}`);
  try {
    await mkdir(join(scratch, "tmp"), { recursive: true });
    const folder = await copyModule(module, scratch, site);
    const log = await freshLog(`download-${module}`, site);
    const run = goRun(folder, `the download of ${module}`, log, { ...site, onActivity: () => {} });
    const packages = recipes.map(({ part }) => part.package);
    // With -e: files to embed are not there yet, and a missing module is reported by the build itself.
    await runGo(["list", "-e", "-deps", "-f", "", ...packages], run);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Removes what a run that was killed left behind; only the holder of the lock may call it. */
export async function removeLeftovers(directory: string): Promise<void> {
  const leftovers = (await readdir(directory)).filter((name) => name.startsWith(scratchPrefix));
  for (const name of leftovers) await rm(join(directory, name), { recursive: true, force: true });
}

async function freshLog(name: string, site: Site): Promise<string> {
  const log = join(site.directory, "logs", `${name}.log`);
  await mkdir(dirname(log), { recursive: true });
  await rm(log, { force: true });
  return log;
}

function goRun(folder: string, work: string, log: string, site: Site): GoRun {
  return {
    folder,
    environment: goEnvironment(site.environment, join(dirname(folder), "tmp")),
    work,
    log,
    signal: site.signal,
    onLine: (line) => {
      const activity = line.replace(/^go: /, "");
      if (/^(downloading .+|[\w./~-]+)$/.test(activity)) site.onActivity(activity);
    },
  };
}

/** A copy to build in: the tree itself stays untouched. */
async function copyModule(module: ModuleName, scratch: string, site: Site): Promise<string> {
  const folder = join(scratch, module);
  await copyTree(join(site.modules, module), folder);
  return folder;
}

async function copyModuleFiles(
  files: readonly (ModuleFiles | TextFile)[],
  folder: string,
  run: GoRun,
): Promise<void> {
  const directories = new Map<string, string>();
  for (const file of files) {
    if ("text" in file) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, file.to), file.text);
      continue;
    }
    const { module, from, to, except = [] } = file;
    const directory = directories.get(module) ?? (await moduleDirectory(module, run));
    directories.set(module, directory);
    const source = join(directory, from);
    const left = new Set(except.map((path) => join(source, path)));
    await copyTree(source, join(folder, to), left);
  }
}

async function moduleDirectory(module: string, run: GoRun): Promise<string> {
  return JSON.parse(await runGo(["mod", "download", "-json", module], run)).Dir;
}

/** Copies a file or folder, less what `except` names, with ordinary modes: the module cache is read-only. */
async function copyTree(from: string, to: string, except: ReadonlySet<string> = new Set()): Promise<void> {
  if (except.has(from)) return;
  if ((await stat(from)).isDirectory()) {
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from)) await copyTree(join(from, name), join(to, name), except);
    return;
  }
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, 0o644);
}

/** A rename may reach the disk before the data: after a power cut the binary would be empty. */
async function flush(file: string): Promise<void> {
  const handle = await open(file);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
