/** Lets one process at a time build; the others wait and then find the parts built. */
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import type { Progress } from "./progress.ts";
import { ToolchainError } from "./toolchain-error.ts";

/** A holder that is alive renews its lock twice in this time; after a kill the next run waits no longer. */
const staleMilliseconds = 10_000;
const pollMilliseconds = 500;
const waitMinutes = 90;

/** Runs the work while holding the folder's lock; its signal aborts when the process is told to stop. */
export async function withBuildLock<T>(
  folder: string,
  progress: Progress,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const onCompromised = () =>
    abort.abort(
      new ToolchainError("locked", "Another run took over the toolchain build: run this one again."),
    );
  const release = await acquire(folder, progress, onCompromised);

  const interrupt = (signal: NodeJS.Signals) =>
    abort.abort(
      new ToolchainError(
        "interrupted",
        `Stopped by ${signal}: run again to continue; finished parts are kept.`,
      ),
    );
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    // A lock that was taken over is not ours to release.
    await release().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ERELEASED") throw error;
    });
  }
}

async function acquire(folder: string, progress: Progress, onCompromised: () => void) {
  const waiting = "toolchain: waiting for another run that builds it";
  const deadline = Date.now() + waitMinutes * 60_000;
  let waited = false;
  while (Date.now() < deadline) {
    try {
      const release = await lockfile.lock(folder, { stale: staleMilliseconds, onCompromised });
      if (waited) progress.done(waiting);
      return release;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    }
    if (!waited) progress.start(waiting);
    waited = true;
    await sleep(pollMilliseconds);
  }
  progress.stop();
  throw new ToolchainError(
    "locked",
    `Another run has held ${folder}.lock for ${waitMinutes} minutes: stop that run, then run this one again.`,
  );
}
