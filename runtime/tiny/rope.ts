/**
 * Turns each head of queries and keys by its position: element i of its first half is paired with element i
 * of its second half, as Llama's weights in Hugging Face's layout expect.
 */

export interface RopeSize {
  readonly rows: number;
  readonly heads: number;
  readonly headWidth: number;
}

/** Cosine and sine of every pair at every position. */
export interface Rotations {
  /** Of a window: row `r` is at position `r` modulo this. */
  readonly positions: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

export function rotations(positions: number, headWidth: number, theta: number): Rotations {
  const half = headWidth / 2;
  const angle = (at: number) => Math.floor(at / half) * theta ** ((-2 * (at % half)) / headWidth);
  return {
    positions,
    cosines: Float64Array.from({ length: positions * half }, (_, at) => Math.cos(angle(at))),
    sines: Float64Array.from({ length: positions * half }, (_, at) => Math.sin(angle(at))),
  };
}

/** In place. Direction -1 undoes it, which is also its gradient. */
export function turnByPosition(
  { rows, heads, headWidth }: RopeSize,
  values: Float32Array,
  { positions, cosines, sines }: Rotations,
  direction: 1 | -1 = 1,
): void {
  const half = headWidth / 2;
  for (let row = 0; row < rows; row += 1) {
    const angles = (row % positions) * half;
    for (let head = 0; head < heads; head += 1) {
      const start = (row * heads + head) * headWidth;
      for (let pair = 0; pair < half; pair += 1) {
        const cosine = cosines[angles + pair] as number;
        const sine = (sines[angles + pair] as number) * direction;
        const [first, second] = [values[start + pair] as number, values[start + pair + half] as number];
        values[start + pair] = first * cosine - second * sine;
        values[start + pair + half] = second * cosine + first * sine;
      }
    }
  }
}
