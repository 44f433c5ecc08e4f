/** A Llama that is small enough to change each of its weights by itself. */
import type { TinyShape } from "../../../runtime/tiny/shape.ts";

export const smallShape: TinyShape = {
  vocabulary: 16,
  width: 8,
  feedForward: 16,
  layers: 2,
  heads: 2,
  keyHeads: 1,
  headWidth: 8,
  contextTokens: 64,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
};
