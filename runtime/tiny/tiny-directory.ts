/** Where the tiny model lies on this machine; whoever needs it first makes it. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import { cacheDirectory } from "../cache-directory.ts";
import { makeTinyModel, type TinyOptions, type TinyProgress } from "./train.ts";

export interface TinyDirectoryOptions extends TinyOptions {
  /** Default: $XDG_CACHE_HOME/plinth/runtime, or ~/.cache/plinth/runtime. */
  readonly cache?: string;
}

/** A maker that is alive renews its lock twice in this time. */
const staleMilliseconds = 10_000;
const pollMilliseconds = 250;
const waitMinutes = 30;

/**
 * The directory of the model, whole. Of several processes that ask for it at once, one makes it and the
 * others wait; one that is killed leaves nothing that looks like a model.
 */
export async function tinyModelDirectory({ cache, ...options }: TinyDirectoryOptions = {}): Promise<string> {
  const folder = cache ?? cacheDirectory();
  const directory = join(folder, `tiny-${await recipeHash(options)}`);
  if (existsSync(directory)) return directory;
  await mkdir(folder, { recursive: true });
  let lost: Error | undefined;
  const release = await lockOf(directory, (error) => {
    lost = error;
  });
  try {
    if (existsSync(directory)) return directory;
    const unfinished = `${directory}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    const onProgress = (progress: TinyProgress) => {
      // A machine that slept meanwhile may find another process at it.
      if (lost) throw lost;
      options.onProgress?.(progress);
    };
    await makeTinyModel(unfinished, { ...options, onProgress });
    await rename(unfinished, directory);
    return directory;
  } finally {
    if (!lost) await release();
  }
}

/** Changes with everything that the model is made by: the sources themselves, and what was asked for. */
async function recipeHash({ onProgress: _, ...settings }: TinyOptions): Promise<string> {
  const own = import.meta.dirname;
  const names = (await readdir(own)).filter((name) => name.endsWith(".ts")).sort();
  const files = [
    ...names.map((name) => join(own, name)),
    join(dirname(own), "models", "safetensors-writer.ts"),
  ];
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 12);
}

async function lockOf(
  directory: string,
  onCompromised: (error: Error) => void,
): Promise<() => Promise<void>> {
  const deadline = Date.now() + waitMinutes * 60_000;
  while (Date.now() < deadline) {
    try {
      return await lockfile.lock(directory, { realpath: false, stale: staleMilliseconds, onCompromised });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    }
    await sleep(pollMilliseconds);
  }
  throw new Error(`${directory}: another process has been making it for ${waitMinutes} minutes`);
}
