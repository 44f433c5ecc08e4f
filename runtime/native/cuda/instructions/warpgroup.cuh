/**
 * What Hopper's warpgroups (128 threads, four warps from a multiple of four on) multiply by themselves, while
 * their threads go on: wgmma. Facts: PTX ISA 9, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate"
 * (matrix descriptor, shared memory layout, register fragments, async proxy, fence, commit and wait), and of
 * descriptors with a swizzle NVIDIA/cutlass, include/cute/arch/mma_sm90_desc.hpp and
 * include/cute/atom/mma_traits_sm90_gmma.hpp.
 */
#pragma once
#include <cuda_runtime.h>

#include <cstdint>

namespace plinth::cuda {

/** Whether this compilation knows them: they are of sm_90a alone, and of nothing before or after it. */
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
constexpr bool has_warpgroups = true;
#else
constexpr bool has_warpgroups = false;
#endif

/** Where a place of a block's memory is, as descriptors count. */
__device__ __forceinline__ uint32_t shared_address(const void* shared) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
}

/** Begins to copy 16 bytes into shared memory; zeros, for which nothing is read, where there are none. */
__device__ __forceinline__ void copy_or_clear(void* shared, const void* global, bool is_there) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global),
               "r"(is_there ? 16 : 0)
               : "memory");
}

/**
 * Shows what this thread's awaited copies wrote to products, which read through the async proxy. A barrier
 * has to stand between the threads that show and those that multiply.
 */
__device__ __forceinline__ void show_copies() {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

#define PLINTH_SUMS_4(at) "+f"(sums[at]), "+f"(sums[at + 1]), "+f"(sums[at + 2]), "+f"(sums[at + 3])
#define PLINTH_SUMS_16(at) \
  PLINTH_SUMS_4(at), PLINTH_SUMS_4(at + 4), PLINTH_SUMS_4(at + 8), PLINTH_SUMS_4(at + 12)
#define PLINTH_SUMS_64(at) \
  PLINTH_SUMS_16(at), PLINTH_SUMS_16(at + 16), PLINTH_SUMS_16(at + 32), PLINTH_SUMS_16(at + 48)

/**
 * Begins to add 64 rows of a times 128 columns of b, 16 deep; both lie in shared memory, line by line, as
 * their descriptors say. Of lane L of the warpgroup's warp W, with g = L / 4 and q = L % 4: sums[4j] and
 * sums[4j + 1] have row 16W + g and columns 8j + 2q and 8j + 2q + 1, sums[4j + 2] and sums[4j + 3] row
 * 16W + g + 8. Nobody may read or write them, nor what a and b describe, before the product was awaited.
 */
__device__ __forceinline__ void multiply_later(float (&sums)[64], uint64_t a, uint64_t b) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile(
      "{.reg .pred added; setp.ne.b32 added, %66, 0;"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,"
      "%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"
      "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63"
      "}, %64, %65, added, 1, 1, 0, 0;}"
      : PLINTH_SUMS_64(0)
      : "l"(a), "l"(b), "r"(1));
#endif
}

/** 256 columns; else the same. */
__device__ __forceinline__ void multiply_later(float (&sums)[128], uint64_t a, uint64_t b) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile(
      "{.reg .pred added; setp.ne.b32 added, %130, 0;"
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
      "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,"
      "%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"
      "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63,%64,%65,%66,%67,%68,%69,%70,"
      "%71,%72,%73,%74,%75,%76,%77,%78,%79,%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,"
      "%94,%95,%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111,%112,"
      "%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127"
      "}, %128, %129, added, 1, 1, 0, 0;}"
      : PLINTH_SUMS_64(0), PLINTH_SUMS_64(64)
      : "l"(a), "l"(b), "r"(1));
#endif
}

#undef PLINTH_SUMS_64
#undef PLINTH_SUMS_16
#undef PLINTH_SUMS_4

/** Between what a thread did to its sums and the first product that adds to them. */
__device__ __forceinline__ void begin_products() {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#endif
}

/** Closes a group of products. */
__device__ __forceinline__ void close_products() {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#endif
}

/** Until all groups but the last `left` are done: what they read may be overwritten then. */
template <int left>
__device__ __forceinline__ void await_products() {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(left) : "memory");
#endif
}

/** Keeps the compiler from moving what it does with sums across this place. */
template <int count>
__device__ __forceinline__ void hold_sums(float (&sums)[count]) {
#pragma unroll
  for (int i = 0; i < count; ++i) asm volatile("" : "+f"(sums[i])::"memory");
}

}  // namespace plinth::cuda
