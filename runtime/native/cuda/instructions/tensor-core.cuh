/** Instructions that C++ has no words for (PTX ISA, sections on mma, cp.async, cvt and griddepcontrol). */
#pragma once
#include <cuda_runtime.h>

#include <cstdint>

namespace plinth::cuda {

/**
 * 16 rows of a times 8 columns of b, 16 deep, added to sum; a warp does it together. Of its lane L, with
 * g = L / 4 and q = L % 4: a[0] has row g and depths 2q and 2q + 1, a[1] row g + 8, a[2] and a[3] the same
 * rows 8 deeper; b0 has column g and depths 2q and 2q + 1, b1 8 deeper; sum[0] and sum[1] have row g and
 * columns 2q and 2q + 1, sum[2] and sum[3] row g + 8.
 */
__device__ __forceinline__ void multiply_tile(
    float (&sum)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
      "{%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/** Two bfloat16 in one word, the first one low; to the nearest, ties to even. */
__device__ __forceinline__ uint32_t bf16_pair(float low, float high) {
  uint32_t out;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
  return out;
}

/** a times b plus c, of two bfloat16 in each word; rounded once, and nothing is too small for it. */
__device__ __forceinline__ uint32_t fused_pair(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t out;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(out) : "r"(a), "r"(b), "r"(c));
  return out;
}

/** Begins to copy 16, 8 or 4 bytes into shared memory; 16 do not stay in the first cache. */
template <int bytes = 16>
__device__ __forceinline__ void copy_later(void* shared, const void* global) {
  const auto to = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  if constexpr (bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(global) : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(to), "l"(global), "n"(bytes) : "memory");
}

/** Closes a group of this thread's copies. */
__device__ __forceinline__ void close_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/** Until all of this thread's groups but the last `left` are there. */
template <int left>
__device__ __forceinline__ void await_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(left) : "memory");
}

/**
 * Lets the kernel behind begin as soon as all blocks of this one have: what it does before it awaits this one
 * is then done at the same time. Older devices than Hopper know neither this nor the next.
 */
__device__ __forceinline__ void let_next_begin() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

/** Until the kernels before have ended, and all that they wrote can be read. */
__device__ __forceinline__ void await_kernels() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

}  // namespace plinth::cuda
