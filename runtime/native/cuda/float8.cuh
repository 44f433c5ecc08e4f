/** Floats of 8 bits, 4 of them an exponent (E4M3), which know no infinity. */
#pragma once
#include <cuda_runtime.h>

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

/** Exact: bfloat16 has more digits, and its exponents reach further. */
__device__ __forceinline__ float f8_value(uint32_t code) {
  if ((code & 0x7f) == f8_none) return __uint_as_float(0x7fc00000u);
  return __uint_as_float((code & 0x80) << 24 | (code & 0x7f) << 20) * 0x1p120f;
}

}  // namespace plinth::cuda
