/** Does the memory of either process grow while it serves a mixed load for a long time? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, rounded } from "../measure.ts";
import { type MixedPhase, mixedPhase } from "./mixed-phase.ts";
import { growthMiBPerHour, type MemorySample, memoryEnvironment, memorySamples } from "./process-memory.ts";
import { type Check, StressedRuntime, within } from "./stressed-runtime.ts";

export interface ProcessGrowth {
  readonly process: "server" | "engine";
  /** MiB, medians of the first and the last tenth of what was measured. */
  readonly rssFirst: number;
  readonly rssLast: number;
  readonly rssPerHour: number;
  readonly heapFirst: number;
  readonly heapLast: number;
  readonly heapPerHour: number;
}

export interface MemoryPhase extends MixedPhase {
  readonly processes: readonly ProcessGrowth[];
}

/** In less time than this caches still fill, and nothing is said of growth. */
const tellingMinutes = 10;
/** Flat: what is kept after a collection, and what the process has, of the last tenth over the first. */
const flat = { heap: 1.1, resident: 1.25 };

/** Of the time: caches fill, and the compiler settles. */
const warmShare = 0.2;

export async function memoryPhase(model: string, seed: number, minutes: number): Promise<MemoryPhase> {
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-memory-"));
  const periodMs = Math.min(5000, minutes * 600);
  try {
    const stressed = await StressedRuntime.start(model, undefined, memoryEnvironment(directory, periodMs));
    const deadline = performance.now() + minutes * 60_000;
    const hasMore = () => performance.now() < deadline;
    const phase = await stressed.whileItRuns(() => mixedPhase(stressed, { seed, hasMore }));
    const samples = memorySamples(directory);
    await stressed.stop();
    const { pid } = stressed.runtime.child;
    const processes = [...samples].map(([process, all]) =>
      growthOf(process === pid ? "server" : "engine", all),
    );
    const flatnesses = minutes < tellingMinutes ? [] : processes.flatMap(flatness);
    return { ...phase, checks: [...phase.checks, ...flatnesses], processes };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function flatness({ process, heapFirst, heapLast, rssFirst, rssLast }: ProcessGrowth): Check[] {
  const grown = (what: string, last: number, first: number, most: number) =>
    within(`${process}: ${what} of the last tenth over the first`, rounded(last / first), 0, most);
  return [grown("heap", heapLast, heapFirst, flat.heap), grown("resident", rssLast, rssFirst, flat.resident)];
}

function growthOf(process: ProcessGrowth["process"], all: readonly MemorySample[]): ProcessGrowth {
  const samples = all.slice(Math.floor(all.length * warmShare));
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const mebibytes = (part: readonly MemorySample[], of: "rss" | "heapUsed") =>
    median(part.map((sample) => sample[of])) / 2 ** 20;
  const [first, last] = [samples.slice(0, tenth), samples.slice(-tenth)];
  return {
    process,
    rssFirst: mebibytes(first, "rss"),
    rssLast: mebibytes(last, "rss"),
    rssPerHour: growthMiBPerHour(samples, "rss"),
    heapFirst: mebibytes(first, "heapUsed"),
    heapLast: mebibytes(last, "heapUsed"),
    heapPerHour: growthMiBPerHour(samples, "heapUsed"),
  };
}
