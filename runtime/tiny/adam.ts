/** Adam: each weight moves by its gradient's running mean over the root of its running square. */

export interface AdamSettings {
  readonly meanDecay: number;
  readonly squareDecay: number;
  readonly epsilon: number;
  /** Gradients are scaled down to this length, all weights together. */
  readonly gradientLength: number;
}

export class Adam {
  readonly #settings: AdamSettings;
  readonly #means: Float32Array[];
  readonly #squares: Float32Array[];
  #steps = 0;

  constructor(sizes: readonly number[], settings: AdamSettings) {
    this.#settings = settings;
    this.#means = sizes.map((size) => new Float32Array(size));
    this.#squares = sizes.map((size) => new Float32Array(size));
  }

  /** Moves the weights and sets the gradients to zero. */
  step(weights: readonly Float32Array[], gradients: readonly Float32Array[], rate: number): void {
    const { meanDecay, squareDecay, gradientLength } = this.#settings;
    this.#steps += 1;
    const clip = Math.min(1, gradientLength / lengthOf(gradients));
    // Both running values begin at zero: what they have not seen yet is divided out.
    const meanScale = 1 / (1 - meanDecay ** this.#steps);
    const squareScale = 1 / (1 - squareDecay ** this.#steps);
    weights.forEach((values, index) => {
      this.#move(index, values, gradients[index] as Float32Array, { rate, clip, meanScale, squareScale });
    });
    for (const gradient of gradients) gradient.fill(0);
  }

  #move(
    index: number,
    weights: Float32Array,
    gradient: Float32Array,
    scales: { rate: number; clip: number; meanScale: number; squareScale: number },
  ): void {
    const { meanDecay, squareDecay, epsilon } = this.#settings;
    const { rate, clip, meanScale, squareScale } = scales;
    const means = this.#means[index] as Float32Array;
    const squares = this.#squares[index] as Float32Array;
    for (let at = 0; at < weights.length; at += 1) {
      const slope = (gradient[at] as number) * clip;
      const mean = (means[at] as number) * meanDecay + slope * (1 - meanDecay);
      const square = (squares[at] as number) * squareDecay + slope * slope * (1 - squareDecay);
      means[at] = mean;
      squares[at] = square;
      const change = (rate * mean * meanScale) / (Math.sqrt(square * squareScale) + epsilon);
      weights[at] = (weights[at] as number) - change;
    }
  }
}

function lengthOf(gradients: readonly Float32Array[]): number {
  let squares = 0;
  for (const gradient of gradients) {
    for (let at = 0; at < gradient.length; at += 1) squares += (gradient[at] as number) ** 2;
  }
  return Math.sqrt(squares);
}
