/** Kubernetes quantities of CPU and memory: whole thousandths of a core and whole mebibytes. */

const mebibytes: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024, Ti: 1024 * 1024 };

/** The shortest way to write so much CPU: "184" or "191450m". */
export function cpuQuantity(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/** The shortest way to write so much memory: "255Gi" or "2095697Mi". */
export function memoryQuantity(memoryMiB: number): string {
  return memoryMiB % 1024 === 0 ? `${memoryMiB / 1024}Gi` : `${memoryMiB}Mi`;
}

/** Reads what `cpuQuantity` writes. */
export function cpuMillis(quantity: string): number {
  const [, amount, unit] = match(quantity, /^(\d+)(m?)$/);
  return Number(amount) * (unit === "m" ? 1 : 1000);
}

/** Reads what `memoryQuantity` writes. */
export function memoryMiB(quantity: string): number {
  const [, amount, unit] = match(quantity, /^(\d+)(Mi|Gi|Ti)$/);
  return Number(amount) * (mebibytes[unit ?? ""] ?? Number.NaN);
}

function match(quantity: string, pattern: RegExp): RegExpMatchArray {
  const found = quantity.match(pattern);
  if (!found) throw new Error(`quantity "${quantity}" is not of the form ${pattern}`);
  return found;
}
