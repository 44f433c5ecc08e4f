/** What the threads of a warp or of a block find out together; orders never depend on chance. */
#pragma once
#include <tensor-core.cuh>

#include "early.hpp"
#include "launches.hpp"

namespace plinth::cuda {

/** The block's own memory; each kernel divides it by itself. */
extern __shared__ __align__(16) unsigned char block_memory[];

constexpr unsigned every_lane = 0xffffffffu;

__device__ __forceinline__ float bf16_value(uint32_t half) { return __uint_as_float(half << 16); }

__device__ __forceinline__ uint16_t bf16_of(float value) {
  return static_cast<uint16_t>(bf16_pair(value, 0.0f));
}

template <class T, class Join>
__device__ __forceinline__ T warp_joined(T value, const Join& join) {
  for (int distance = 16; distance > 0; distance /= 2)
    value = join(value, __shfl_xor_sync(every_lane, value, distance));
  return value;
}

/** All threads get it; `scratch` has a place for each warp. */
template <class T, class Join>
__device__ __forceinline__ T block_joined(T value, T* scratch, const Join& join) {
  value = warp_joined(value, join);
  __syncthreads();
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = value;
  __syncthreads();
  T out = scratch[0];
  for (unsigned warp = 1; warp < blockDim.x / 32; ++warp) out = join(out, scratch[warp]);
  return out;
}

struct Sum {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a + b;
  }
};

struct Larger {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};

/** What any device since Ampere gives a block, and those for graphics no more than that. */
constexpr size_t least_block_bytes = 99 * 1024;
/** What those for data centres give it at least: an A100. */
constexpr size_t large_block_bytes = 163 * 1024;

/** Which of them the calling thread's device is; each asks for as much as `least_block_bytes` at least. */
inline bool has_large_blocks() {
  int device = 0, bytes = 0;
  require(cudaGetDevice(&device), "there is no device");
  require(
      cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
      "the device does not tell its shared memory");
  return static_cast<size_t>(bytes) >= large_block_bytes;
}

template <class... Needs, class... Given>
void launch_with(
    cudaLaunchAttribute* attributes, unsigned count, void (*kernel)(Needs...), dim3 grid, unsigned threads,
    size_t bytes, cudaStream_t stream, Given... given) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = dim3(threads, 1, 1);
  config.dynamicSmemBytes = bytes;
  config.stream = stream;
  config.attrs = attributes;
  config.numAttrs = count;
  require(cudaLaunchKernelEx(&config, kernel, given...), "a kernel cannot be launched");
}

template <class... Needs, class... Given>
void launch(
    void (*kernel)(Needs...), dim3 grid, unsigned threads, size_t bytes, cudaStream_t stream,
    Given... given) {
  launch_with(nullptr, 0, kernel, grid, threads, bytes, stream, given...);
}

/**
 * The same for a kernel whose threads all call `await_kernels` before they read or write anything that is not
 * always the same: where the thread's kernels may, it begins while the one before still runs. That one may be
 * any, and so may the one behind.
 */
template <class... Needs, class... Given>
void launch_early(
    void (*kernel)(Needs...), dim3 grid, unsigned threads, size_t bytes, cudaStream_t stream,
    Given... given) {
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  launch_with(
      &attribute, EarlyKernels::are_on() ? 1 : 0, kernel, grid, threads, bytes, stream, given...);
}

/**
 * Of what a multiprocessor has its first cache gets what shared memory leaves, so that as many blocks have
 * room as can. It divides it anew only while nothing runs on it: kernels of a step all ask for the same, as
 * one that begins early would wait there for those before.
 */
template <class Kernel>
void prefer_shared(Kernel kernel) {
  require(
      cudaFuncSetAttribute(
          kernel, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared),
      "a kernel cannot prefer shared memory");
}

/** The same, for more shared memory than kernels have without asking; once for a device. */
template <class Kernel>
void allow_shared(Kernel kernel, size_t bytes) {
  require(
      cudaFuncSetAttribute(
          kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
      "a kernel cannot have its shared memory");
  prefer_shared(kernel);
}

}  // namespace plinth::cuda
