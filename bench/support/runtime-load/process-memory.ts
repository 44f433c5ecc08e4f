/**
 * Memory of a process and of those that it starts, as they tell it themselves: this module is loaded into
 * each of them by NODE_OPTIONS, and writes a line now and then into a directory.
 */
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface MemorySample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly rss: number;
  /** After a collection. */
  readonly heapUsed: number;
  readonly external: number;
}

const directoryVariable = "PLINTH_BENCH_MEMORY";
const periodVariable = "PLINTH_BENCH_MEMORY_MS";

const directory = process.env[directoryVariable];
if (directory) startSampling(directory, Number(process.env[periodVariable]));

function startSampling(into: string, periodMs: number): void {
  const file = join(into, `${process.pid}.jsonl`);
  setInterval(() => {
    // Garbage says how often the collector comes, not what is kept.
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const sample: MemorySample = { at: Date.now(), rss, heapUsed, external };
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
  }, periodMs).unref();
}

/** What a process is started with to tell its memory. */
export function memoryEnvironment(into: string, periodMs: number): Record<string, string> {
  return {
    [directoryVariable]: into,
    [periodVariable]: String(periodMs),
    NODE_OPTIONS: `--disable-warning=ExperimentalWarning --expose-gc --import ${import.meta.url}`,
  };
}

/** By the number of the process. */
export function memorySamples(from: string): ReadonlyMap<number, readonly MemorySample[]> {
  return new Map(
    readdirSync(from).map((name) => {
      const lines = readFileSync(join(from, name), "utf8").split("\n").slice(0, -1);
      return [Number.parseInt(name, 10), lines.map((line) => JSON.parse(line) as MemorySample)];
    }),
  );
}

/** The slope of the straight line through the points with the least squares: MiB in an hour. */
export function growthMiBPerHour(
  samples: readonly MemorySample[],
  of: "rss" | "heapUsed" | "external",
): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const times = samples.map(({ at }) => at);
  const sizes = samples.map((sample) => sample[of]);
  const [time, size] = [mean(times), mean(sizes)];
  const together = mean(times.map((at, index) => (at - time) * ((sizes[index] ?? 0) - size)));
  const alone = mean(times.map((at) => (at - time) ** 2));
  return ((together / alone) * 3_600_000) / 2 ** 20;
}
