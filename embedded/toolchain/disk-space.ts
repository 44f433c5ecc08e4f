/** Refuses a build that the disk cannot hold, before it starts. */
import { mkdir, stat, statfs } from "node:fs/promises";
import { ToolchainError } from "./toolchain-error.ts";

export interface SpaceNeed {
  readonly folder: string;
  readonly neededMiB: number;
}

/** Fails unless every disk has the space for all that its folders need; makes the folders. */
export async function requireDiskSpace(needs: readonly SpaceNeed[]): Promise<void> {
  const byDisk = new Map<number, SpaceNeed>();
  for (const { folder, neededMiB } of needs) {
    await mkdir(folder, { recursive: true });
    const { dev } = await stat(folder);
    const other = byDisk.get(dev);
    byDisk.set(dev, { folder, neededMiB: neededMiB + (other?.neededMiB ?? 0) });
  }
  for (const need of byDisk.values()) {
    const { bavail, bsize } = await statfs(need.folder);
    checkDiskSpace(need, (bavail * bsize) / 2 ** 20);
  }
}

/** Compares what is free with what is needed. */
export function checkDiskSpace({ folder, neededMiB }: SpaceNeed, freeMiB: number): void {
  if (freeMiB >= neededMiB) return;
  const free = (Math.floor(freeMiB / 102.4) / 10).toFixed(1);
  const needed = (Math.ceil(neededMiB / 102.4) / 10).toFixed(1);
  throw new ToolchainError(
    "disk-full",
    `The build needs ${needed} GiB of disk space, but ${folder} has ${free} GiB free: free some, ` +
      "or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE at a larger disk.",
  );
}
