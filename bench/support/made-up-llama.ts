/** A model that is large enough to measure with, of weights that nobody trained. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafetensors } from "../../runtime/models/safetensors-writer.ts";
import { llamaConfig, type TinyShape, tensorShapes } from "../../runtime/tiny/shape.ts";

/** 218 million parameters: far more than any cache holds. */
const shape: TinyShape = {
  vocabulary: 32_000,
  width: 1024,
  feedForward: 4096,
  layers: 12,
  heads: 16,
  keyHeads: 4,
  headWidth: 64,
  contextTokens: 2048,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
};
/** config.json and weights in bf16. */
export function writeMadeUpLlama(directory: string, change: Partial<TinyShape> = {}): void {
  const changed = { ...shape, ...change };
  writeFileSync(join(directory, "config.json"), JSON.stringify(llamaConfig(changed, 0)));
  const tensors = tensorShapes(changed).map((tensor) => ({ ...tensor, values: madeUp(tensor.shape) }));
  writeSafetensors(join(directory, "model.safetensors"), tensors, "BF16");
}

/** Small and never zero: processors compute with zeros faster than with anything else. */
function madeUp(shape: readonly number[]): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(length);
  for (let index = 0; index < length; index += 1) {
    values[index] = (((Math.imul(index + 1, 0x9e3779b1) >>> 8) & 0xffff) / 0x10000 - 0.49) * 0.06;
  }
  return values;
}
