/** Reads quantities as the API server stores them, whoever wrote them. */

const factors: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** "250m" is 0.25, "2Gi" is 2147483648, nothing is 0. */
export function quantity(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, amount = "", unit = ""] = /^([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = factors[unit];
  if (amount === "" || factor === undefined) throw new Error(`"${text}" is not a quantity`);
  return Number(amount) * factor;
}
