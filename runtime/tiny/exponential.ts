/**
 * The exponential function for values that end as 32-bit floats, made of sums and products alone: these round
 * alike everywhere, whatever the engine does for Math.exp.
 */

/** Beyond these the result is outside the normal 32-bit floats. */
const most = 87;
/** Powers of two from 2^-128 on. */
const powers = Float64Array.from({ length: 257 }, (_, index) => 2 ** (index - 128));

/** With a relative error below 3e-10; what lies beyond e^-87 and e^87 becomes those. */
export function exponential(value: number): number {
  const bounded = value < -most ? -most : value > most ? most : value;
  const whole = Math.floor(bounded * Math.LOG2E + 0.5);
  const x = bounded - whole * Math.LN2;
  // Taylor's series on -0.35 to 0.35.
  const low = 1 + x * (1 + x * (1 / 2 + x * (1 / 6 + x * (1 / 24))));
  const high = 1 / 120 + x * (1 / 720 + x * (1 / 5040 + x * (1 / 40320)));
  return (low + x * x * x * x * x * high) * (powers[whole + 128] as number);
}
