/**
 * As much of the CUDA runtime as the runtime's kernels use, on the processor: so that the very sources that
 * nvcc compiles are compiled by g++, and their threads run as fibers, block after block. Whatever waits for
 * others (barriers, shuffles, tensor cores) checks that all of them wait for the same. Memory is filled with
 * what is no number and ends at a page that cannot be touched. It says nothing of speed, nor of races between
 * blocks.
 */
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#define __host__
#define __device__
#define __global__
#define __shared__
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...)

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct uint2 {
  uint32_t x, y;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

extern dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulated {

enum class Meeting : int { barrier = 1, shuffle, tile };

/** Until all threads of the block are here. */
void meet_block();
/** Gives a lane's words to its warp, and answers where those of all lanes lie, `words_max` apart. */
constexpr int words_max = 10;
const uint32_t* meet_warp(Meeting, const void* words, size_t bytes);
int lane();
/** A copy that is there only when it is waited for; of zeros, where it is from nowhere. */
void copy_later(void* to, const void* from, size_t bytes = 16);
void close_copies();
void await_copies(int left);
/** Of a kernel that may begin early, every thread calls it. */
void await_kernels();

struct Launch {
  dim3 grid, block;
  size_t bytes;
  bool is_early, prefers_shared;
  std::function<void()> kernel;
};

}  // namespace emulated

inline void __syncthreads() { emulated::meet_block(); }

template <class T>
T __shfl_xor_sync(unsigned, T value, int distance) {
  const uint32_t* all = emulated::meet_warp(emulated::Meeting::shuffle, &value, sizeof value);
  T out;
  std::memcpy(&out, all + (emulated::lane() ^ distance) * emulated::words_max, sizeof out);
  return out;
}

template <class T>
T atomicAdd(T* at, T more) {
  const T before = *at;
  *at += more;
  return before;
}

inline float __uint_as_float(uint32_t bits) {
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}
inline uint32_t __float_as_uint(float value) {
  uint32_t out;
  std::memcpy(&out, &value, sizeof out);
  return out;
}
/** Four of eight bytes, by the lowest bits of the selector's digits. */
inline uint32_t __byte_perm(uint32_t low, uint32_t high, uint32_t selector) {
  const uint64_t both = static_cast<uint64_t>(high) << 32 | low;
  uint32_t out = 0;
  for (int at = 0; at < 4; ++at) {
    const uint64_t byte = both >> (selector >> at * 4 & 7) * 8 & 0xff;
    out |= static_cast<uint32_t>(byte) << at * 8;
  }
  return out;
}
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
using std::isfinite;
using std::isnan;

enum cudaError_t : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorNotReady = 600,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureInvalidated = 901
};

/** What a device does in order: at once, or whenever the graph is launched that is being captured. */
struct EmulatedStream {
  const int device;
  explicit EmulatedStream(int device) : device(device) {}
  virtual ~EmulatedStream() = default;
  /** Libraries have no kernels here. False: whoever calls is at another device. */
  virtual bool run(const std::function<void()>& work) = 0;
};
using cudaStream_t = EmulatedStream*;
using cudaGraph_t = struct EmulatedGraph*;
using cudaGraphExec_t = struct EmulatedGraph*;
using cudaEvent_t = struct EmulatedEvent*;
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal = 1 };
enum cudaFuncAttribute {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributePreferredSharedMemoryCarveout = 9
};
enum cudaDeviceAttr { cudaDevAttrMaxSharedMemoryPerBlockOptin = 97 };
constexpr int cudaSharedmemCarveoutMaxShared = 100;
constexpr unsigned cudaStreamNonBlocking = 1;

struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount;
  size_t totalGlobalMem;
};
enum cudaLaunchAttributeID { cudaLaunchAttributeProgrammaticStreamSerialization = 6 };
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  struct {
    int programmaticStreamSerializationAllowed;
  } val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute* attrs;
  unsigned numAttrs;
};

const char* cudaGetErrorString(cudaError_t);
cudaError_t cudaGetDeviceCount(int*);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp*, int);
cudaError_t cudaGetLastError();
cudaError_t cudaDriverGetVersion(int*);
cudaError_t cudaRuntimeGetVersion(int*);
cudaError_t cudaSetDevice(int);
cudaError_t cudaGetDevice(int*);
cudaError_t cudaDeviceGetAttribute(int*, cudaDeviceAttr, int);
cudaError_t cudaMalloc(void**, size_t);
cudaError_t cudaFree(void*);
cudaError_t cudaMallocHost(void**, size_t);
cudaError_t cudaFreeHost(void*);
cudaError_t cudaMemcpyAsync(void*, const void*, size_t, cudaMemcpyKind, cudaStream_t);
cudaError_t cudaMemsetAsync(void*, int, size_t, cudaStream_t);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t*, unsigned);
cudaError_t cudaStreamDestroy(cudaStream_t);
cudaError_t cudaStreamSynchronize(cudaStream_t);
cudaError_t cudaStreamQuery(cudaStream_t);
cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode);
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t*);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t*, cudaGraph_t, unsigned long long);
cudaError_t cudaGraphDestroy(cudaGraph_t);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t);
cudaError_t cudaMemGetInfo(size_t* free, size_t* total);
cudaError_t cudaEventCreate(cudaEvent_t*);
cudaError_t cudaEventDestroy(cudaEvent_t);
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t);
cudaError_t cudaEventSynchronize(cudaEvent_t);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end);
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t);
cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t);
cudaError_t emulatedLaunch(cudaStream_t, const emulated::Launch&);

/** Kernels may have so much shared memory, those that were allowed more up to what the device has. */
cudaError_t cudaFuncSetAttribute(void (*)(), cudaFuncAttribute, int);

template <class... Needs>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Needs...), cudaFuncAttribute attribute, int value) {
  return cudaFuncSetAttribute(reinterpret_cast<void (*)()>(kernel), attribute, value);
}

bool emulatedAllows(void (*)(), size_t bytes);
bool emulatedPrefersShared(void (*)());

template <class... Needs, class... Given>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Needs...), Given... given) {
  const auto known = reinterpret_cast<void (*)()>(kernel);
  if (!emulatedAllows(known, config->dynamicSmemBytes)) return cudaErrorMemoryAllocation;
  return emulatedLaunch(
      config->stream,
      {config->gridDim, config->blockDim, config->dynamicSmemBytes, config->numAttrs > 0,
       emulatedPrefersShared(known), [=] { kernel(given...); }});
}
