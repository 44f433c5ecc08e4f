/** Kubernetes quantities of CPU and memory: whole thousandths of a core and whole mebibytes. */

/** From the largest unit. */
const mebibytes: Readonly<Record<string, number>> = { Pi: 1024 ** 3, Ti: 1024 ** 2, Gi: 1024, Mi: 1 };

/** The shortest way to write so much CPU: "184" or "191450m". */
export function cpuQuantity(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/**
 * The shortest way to write so much memory: "255Gi", "2095697Mi" or "0". The API server stores no other, and
 * what it stores differently from what was sent would be sent again with every update.
 */
export function memoryQuantity(memoryMiB: number): string {
  if (memoryMiB === 0) return "0";
  const whole = Object.entries(mebibytes).find(([, size]) => memoryMiB % size === 0);
  return whole ? `${memoryMiB / whole[1]}${whole[0]}` : `${memoryMiB}Mi`;
}

/** Reads what `cpuQuantity` writes. */
export function cpuMillis(quantity: string): number {
  const [, amount, unit] = match(quantity, /^(\d+)(m?)$/);
  return Number(amount) * (unit === "m" ? 1 : 1000);
}

/** Reads what `memoryQuantity` writes. */
export function memoryMiB(quantity: string): number {
  if (quantity === "0") return 0;
  const [, amount, unit] = match(quantity, /^(\d+)(Mi|Gi|Ti|Pi)$/);
  return Number(amount) * (mebibytes[unit ?? ""] ?? Number.NaN);
}

const bytesOf: Readonly<Record<string, number>> = {
  "": 1,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  k: 1000,
  M: 1000 ** 2,
  G: 1000 ** 3,
  T: 1000 ** 4,
  P: 1000 ** 5,
};

/** Memory as a kubelet or anybody else writes it, such as "1056459652Ki", in whole mebibytes. */
export function anyMemoryMiB(quantity: string): number {
  const [, amount, unit = ""] = match(quantity, /^(\d+(?:\.\d+)?)([KMGTP]i|[kMGTP])?$/);
  return Math.floor((Number(amount) * (bytesOf[unit] ?? Number.NaN)) / 1024 ** 2);
}

/** CPU as anybody writes it, such as "1.5", in whole thousandths. */
export function anyCpuMillis(quantity: string): number {
  const [, amount, unit] = match(quantity, /^(\d+(?:\.\d+)?)(m?)$/);
  return Math.floor(Number(amount) * (unit === "m" ? 1 : 1000));
}

function match(quantity: string, pattern: RegExp): RegExpMatchArray {
  const found = quantity.match(pattern);
  if (!found) throw new Error(`quantity "${quantity}" is not of the form ${pattern}`);
  return found;
}
