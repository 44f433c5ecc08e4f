/** Weights in llama.cpp's format of 8 bits (ggml-org/ggml, block_q8_0 in src/ggml-common.h). */

/** Weights with one scale. */
const blockWeights = 32;
/** The scale as a float of 16 bits, and a byte for each weight. */
const blockBytes = 2 + blockWeights;

/** Of bfloat16 values, whole blocks of them. */
export function q8Blocks(values: Uint16Array): Uint8Array {
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  const floats = Float32Array.from(values, (half) => {
    bits[0] = half * 0x10000;
    return single[0] ?? 0;
  });
  const blocks = new DataView(new ArrayBuffer((values.length / blockWeights) * blockBytes));
  for (let block = 0; block * blockWeights < values.length; block += 1) {
    const part = floats.subarray(block * blockWeights, (block + 1) * blockWeights);
    const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    blocks.setFloat16(block * blockBytes, scale, true);
    for (const [index, value] of part.entries())
      blocks.setInt8(block * blockBytes + 2 + index, scale === 0 ? 0 : Math.round(value / scale));
  }
  return new Uint8Array(blocks.buffer);
}
