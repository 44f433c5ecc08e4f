/** Builds the missing parts in turn, and downloads the next module while the present one compiles. */
import { join } from "node:path";
import { buildPart, prefetchModule, removeLeftovers, type Site } from "./build-part.ts";
import { requireDiskSpace } from "./disk-space.ts";
import { goCaches } from "./go.ts";
import type { Progress } from "./progress.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Builds in order and returns the seconds that each took. One `go build` at a time: measured, it keeps two
 * cores busy for 92% of the time, and two at once would double the memory for the remaining 8%.
 */
export async function buildAll(
  recipes: readonly Recipe[],
  site: Site,
  progress: Progress,
): Promise<Map<Recipe, number>> {
  const seconds = new Map<Recipe, number>();
  if (recipes.length === 0) return seconds;
  await removeLeftovers(site.directory);
  await requireSpace(recipes, site);

  const modules = [...new Set(recipes.map(({ part }) => part.module))];
  const ofModule = modules.map((module) => recipes.filter(({ part }) => part.module === module));
  const stopPrefetch = new AbortController();
  const prefetchSite = { ...site, signal: AbortSignal.any([site.signal, stopPrefetch.signal]) };
  let download = Promise.resolve();
  try {
    for (const [index, group] of ofModule.entries()) {
      await download;
      // A download that fails here fails again in its own build, which then says so.
      download = prefetchModule(ofModule[index + 1] ?? [], prefetchSite).catch(() => {});
      for (const recipe of group) {
        const label = `toolchain: ${recipe.part.name} (${seconds.size + 1} of ${recipes.length})`;
        const started = Date.now();
        progress.start(label);
        await buildPart(recipe, site);
        progress.done(label);
        seconds.set(recipe, (Date.now() - started) / 1000);
      }
    }
  } finally {
    progress.stop();
    stopPrefetch.abort();
    await download;
  }
  return seconds;
}

async function requireSpace(recipes: readonly Recipe[], site: Site): Promise<void> {
  const disk = recipes.map(({ part }) => part.diskMiB);
  const sum = (kind: keyof (typeof disk)[number]) => disk.reduce((total, part) => total + part[kind], 0);
  // Until a build ends, its scratch folder holds a second copy of what it compiled.
  const scratch = Math.max(...disk.map(({ compiled }) => compiled));
  const caches = await goCaches(join(site.modules, "cluster"), site.environment);
  await requireDiskSpace([
    { folder: caches.compiled, neededMiB: sum("compiled") },
    { folder: caches.sources, neededMiB: sum("sources") },
    { folder: site.directory, neededMiB: sum("part") + scratch },
  ]);
}
