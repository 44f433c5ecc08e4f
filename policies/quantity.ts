/**
 * Exact arithmetic on Kubernetes quantities. The client library's own helper is not used: it is not exported,
 * and it fails on fractions with a binary suffix such as 1.5Gi.
 */

/** The smallest quantity that Kubernetes keeps is a billionth; all amounts here are whole numbers of it. */
const billionthsPerUnit = 10n ** 9n;

const suffixes: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  "": billionthsPerUnit,
  k: 10n ** 3n * billionthsPerUnit,
  M: 10n ** 6n * billionthsPerUnit,
  G: 10n ** 9n * billionthsPerUnit,
  T: 10n ** 12n * billionthsPerUnit,
  P: 10n ** 15n * billionthsPerUnit,
  E: 10n ** 18n * billionthsPerUnit,
  Ki: 2n ** 10n * billionthsPerUnit,
  Mi: 2n ** 20n * billionthsPerUnit,
  Gi: 2n ** 30n * billionthsPerUnit,
  Ti: 2n ** 40n * billionthsPerUnit,
  Pi: 2n ** 50n * billionthsPerUnit,
  Ei: 2n ** 60n * billionthsPerUnit,
};

const quantityPattern = /^([+-]?)(\d+)?(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;

/** A quantity such as 8, "500m", "1.5Gi" or "1e3" in billionths, or undefined when it is none. */
export function parseQuantity(quantity: string | number): bigint | undefined {
  const match = quantityPattern.exec(String(quantity));
  const [, sign, whole = "", fraction = "", suffix = "", exponent = "0"] = match ?? [];
  const factor = suffixes[suffix];
  if (match === null || factor === undefined || whole + fraction === "") return undefined;
  const power = Number(exponent) - fraction.length;
  const dividend = BigInt(whole + fraction) * factor * 10n ** BigInt(Math.max(power, 0));
  const divisor = 10n ** BigInt(Math.max(-power, 0));
  const amount = (dividend + divisor - 1n) / divisor;
  return sign === "-" ? -amount : amount;
}

/** An amount as a person would write it: memory in binary units, everything else in plain numbers. */
export function formatQuantity(billionths: bigint): string {
  if (billionths === 0n) return "0";
  const candidates = ["Ti", "Gi", "Mi", "", "m", "u", "n"];
  const suffix = candidates.find((name) => billionths % (suffixes[name] ?? 1n) === 0n) ?? "n";
  return `${billionths / (suffixes[suffix] ?? 1n)}${suffix}`;
}
