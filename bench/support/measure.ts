/** Wall-clock times of steps, their medians and the machine they were taken on. */
import { cpus, totalmem } from "node:os";

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

export function machine(): string {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores, ${memoryGiB} GiB, ${cpus()[0]?.model ?? "unknown CPU"}`;
}
