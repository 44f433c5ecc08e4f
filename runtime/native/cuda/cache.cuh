/** What the KV cache is made of: bfloat16, or floats of 8 bits (E4M3), expanded when they are read. */
#pragma once
#include "launches.hpp"
#include "warp.cuh"

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

struct Bf16Cache {
  using Value = uint16_t;
  static __device__ __forceinline__ Value of(float value) { return bf16_of(value); }
  /** Four neighbours as bfloat16. */
  static __device__ __forceinline__ uint2 four(const Value* from) {
    return *reinterpret_cast<const uint2*>(from);
  }
};

struct Fp8Cache {
  using Value = uint8_t;
  static __device__ __forceinline__ Value of(float value) { return f8_of(value); }
  static __device__ __forceinline__ uint2 four(const Value* from) {
    const uint32_t codes = *reinterpret_cast<const uint32_t*>(from);
    return uint2{
        bf16_pair(f8_value(codes & 0xff), f8_value(codes >> 8 & 0xff)),
        bf16_pair(f8_value(codes >> 16 & 0xff), f8_value(codes >> 24))};
  }
};

}  // namespace plinth::cuda
