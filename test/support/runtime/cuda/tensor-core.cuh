/** What runtime/native/cuda/instructions/tensor-core.cuh has words of PTX for, on emulated warps. */
#pragma once
#include <cuda_runtime.h>

namespace plinth::cuda {

/** By the layout of fragments that the PTX ISA draws for mma.m16n8k16 with bf16. */
inline void multiply_tile(float (&sum)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  const uint32_t own[6] = {a[0], a[1], a[2], a[3], b0, b1};
  const uint32_t* all = emulated::meet_warp(emulated::Meeting::tile, own, sizeof own);
  const int group = emulated::lane() / 4, quad = emulated::lane() % 4;
  for (int depth = 0; depth < 16; ++depth) {
    const int from = depth % 8 / 2, shift = depth % 2 * 16;
    const auto value = [&](int lane, int word) {
      return __uint_as_float(all[lane * emulated::words_max + word] >> shift << 16);
    };
    for (int at = 0; at < 4; ++at) {
      const int column = quad * 2 + at % 2;
      const float left = value(group * 4 + from, depth / 8 * 2 + at / 2);
      sum[at] += left * value(column * 4 + from, 4 + depth / 8);
    }
  }
}

inline uint32_t bf16_bits(float value) {
  const uint32_t bits = __float_as_uint(value);
  if (value != value) return 0x7fff;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

inline uint32_t bf16_pair(float low, float high) { return bf16_bits(high) << 16 | bf16_bits(low); }

/** Exact as a float for what kernels ask: products alone, which have 16 bits, and sums of whole numbers. */
inline float fused_half(uint32_t a, uint32_t b, uint32_t c) {
  const auto value = [](uint32_t half) -> double { return __uint_as_float(half << 16); };
  return static_cast<float>(value(a) * value(b) + value(c));
}

inline uint32_t fused_pair(uint32_t a, uint32_t b, uint32_t c) {
  return bf16_pair(
      fused_half(a & 0xffff, b & 0xffff, c & 0xffff), fused_half(a >> 16, b >> 16, c >> 16));
}

template <int bytes = 16>
void copy_later(void* shared, const void* global) {
  static_assert(bytes == 16 || bytes == 8 || bytes == 4, "nothing else is copied");
  emulated::copy_later(shared, global, bytes);
}
inline void close_copies() { emulated::close_copies(); }

/** Kernels run one behind the other here. */
inline void let_next_begin() {}
inline void await_kernels() { emulated::await_kernels(); }

template <int left>
void await_copies() {
  emulated::await_copies(left);
}

}  // namespace plinth::cuda
