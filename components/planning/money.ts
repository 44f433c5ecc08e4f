/** Amounts of money, in whole cents and as people read them. */
export function toCents(usd: number): number {
  return Math.round(usd * 100) / 100;
}

/** "80,358.40 USD". */
export function dollars(usd: number): string {
  return `${amount(usd)} USD`;
}

/** "80,358.40". */
export function amount(usd: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return toCents(usd).toLocaleString("en-US", digits);
}
