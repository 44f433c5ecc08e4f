/** What the KV cache is made of: bfloat16, or floats of 8 bits (E4M3), expanded when they are read. */
#pragma once
#include "float8.cuh"
#include "warp.cuh"

namespace plinth::cuda {

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
    return uint2{f8_pair(codes, 0), f8_pair(codes, 2)};
  }
};

}  // namespace plinth::cuda
