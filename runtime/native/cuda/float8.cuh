/** Floats of 8 bits, 4 of them an exponent (E4M3), which know no infinity. */
#pragma once
#include <cuda_runtime.h>
#include <tensor-core.cuh>

#include <cstdint>

namespace plinth::cuda {

/** The largest of E4M3, which larger values become. */
constexpr uint32_t f8_max = 0x7e, f8_none = 0x7f;

/** To the nearest, ties to even; not every architecture has an instruction for it. */
__device__ __forceinline__ uint8_t f8_of(float value) {
  const uint32_t bits = __float_as_uint(value), sign = bits >> 31 << 7;
  const float size = fabsf(value);
  if (size != size) return static_cast<uint8_t>(f8_none);
  // Below 2^-6 steps are as wide as there.
  if (size < 0.015625f) return static_cast<uint8_t>(sign | static_cast<uint32_t>(rintf(size * 512.0f)));
  if (size >= 448.0f) return static_cast<uint8_t>(sign | f8_max);
  const uint32_t magnitude = bits & 0x7fffffffu;
  const uint32_t rounded = magnitude + 0x7ffffu + (magnitude >> 20 & 1);
  const uint32_t code = (rounded >> 20) - (120 << 3);
  return static_cast<uint8_t>(sign | (code < f8_max ? code : f8_max));
}

/**
 * Codes as pairs of bfloat16, the first two and the last two of a word. Exact: bfloat16 has more digits, and
 * its exponents reach further, so that a code's bits are its value times 2^-120.
 */
__device__ __forceinline__ uint32_t f8_pair(uint32_t codes, int index) {
  // Each code is the upper half of 16 bits; its exponent and digits then go where those of bfloat16 lie.
  const uint32_t spread = __byte_perm(codes, 0, index == 0 ? 0x1404 : 0x3424);
  const uint32_t size = (spread & 0x7f007f00u) >> 4;
  const uint32_t value = fused_pair((spread & 0x80008000u) | size, 0x7b807b80u, 0x80008000u);
  // Of all codes but those that are no number, one more leaves this bit alone.
  const uint32_t strange = (size + 0x00100010u) >> 11 & 0x00010001u;
  return value | strange * 0x7fff;
}

}  // namespace plinth::cuda
