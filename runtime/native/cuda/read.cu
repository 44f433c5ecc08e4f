/** Reads, and nothing else: what is found is written once by each thread: no compiler leaves it out. */
#include <algorithm>

#include "read.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

__global__ void __launch_bounds__(read_threads) read_words(Read args) {
  const size_t self = static_cast<size_t>(blockIdx.x) * read_threads + threadIdx.x;
  const size_t step = static_cast<size_t>(gridDim.x) * read_threads;
  const uint4* from = static_cast<const uint4*>(args.from);
  uint32_t found = 0;
#pragma unroll 8
  for (size_t at = self; at < args.count; at += step) {
    const uint4 word = from[at];
    found ^= word.x ^ word.y ^ word.z ^ word.w;
  }
  args.found[self] = found;
}

}  // namespace

void read(const Read& args, cudaStream_t stream) {
  const size_t wanted = (args.count + read_threads - 1) / read_threads;
  const auto blocks = static_cast<unsigned>(std::min<size_t>(wanted, read_blocks_max));
  launch(read_words, dim3(blocks, 1, 1), read_threads, 0, stream, args);
}

}  // namespace plinth::cuda
