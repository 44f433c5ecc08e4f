/** Philox 4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3; SC 2011), in big integers. */

const low = (value: bigint) => value & 0xffff_ffffn;

/** From 0 to below 1: the first 53 bits of what seed and position give. */
export function uniform(seed: bigint, position: bigint): number {
  let counter = [low(position), position >> 32n, 0n, 0n];
  let key = [low(seed), seed >> 32n];
  for (let round = 0; round < 10; round += 1) {
    const [a = 0n, b = 0n, c = 0n, d = 0n] = counter;
    const [first = 0n, second = 0n] = key;
    const [left, right] = [a * 0xd251_1f53n, c * 0xcd9e_8d57n];
    counter = [(right >> 32n) ^ b ^ first, low(right), (left >> 32n) ^ d ^ second, low(left)];
    key = [low(first + 0x9e37_79b9n), low(second + 0xbb67_ae85n)];
  }
  const [high = 0n, next = 0n] = counter;
  return Number(((high << 32n) | next) >> 11n) / 2 ** 53;
}
