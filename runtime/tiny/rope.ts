/**
 * Turns each head of queries and keys by its position: element i of its first half is paired with element i of
 * its second half, as Llama's weights in Hugging Face's layout expect.
 */

export interface RopeSize {
  readonly rows: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly theta: number;
}

/** In place. Direction -1 undoes it, which is also its gradient. */
export function turnByPosition(
  { rows, heads, headWidth, theta }: RopeSize,
  values: Float32Array,
  positionOf: (row: number) => number,
  direction: 1 | -1 = 1,
): void {
  const half = headWidth / 2;
  for (let pair = 0; pair < half; pair += 1) {
    const frequency = theta ** ((-2 * pair) / headWidth);
    for (let row = 0; row < rows; row += 1) {
      const angle = positionOf(row) * frequency * direction;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      for (let head = 0; head < heads; head += 1) {
        const at = (row * heads + head) * headWidth + pair;
        const [first, second] = [values[at] as number, values[at + half] as number];
        values[at] = first * cosine - second * sine;
        values[at + half] = second * cosine + first * sine;
      }
    }
  }
}
