/**
 * Copies what a step is told, or what it answers, in one launch: of a dozen small copies each would hold up
 * the stream for about as long as all of them together.
 */
#include <algorithm>

#include "move.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr unsigned move_threads = 256, move_blocks_max = 128;

__global__ void __launch_bounds__(move_threads) move_words(Moves args) {
  const Moves::Part part = args.parts[blockIdx.y];
  const uint32_t* __restrict__ from = part.from;
  uint32_t* __restrict__ to = part.to;
  const uint32_t all = part.words * part.rows, step = gridDim.x * move_threads;
  // The way to the other side is long: several words are asked for before the first is waited for.
#pragma unroll 4
  for (uint32_t i = blockIdx.x * move_threads + threadIdx.x; i < all; i += step) {
    const size_t at = static_cast<size_t>(i / part.words) * part.pitch + i % part.words;
    to[at] = from[at];
  }
}

}  // namespace

void move(const Moves& args, cudaStream_t stream) {
  uint32_t most = 0;
  for (int i = 0; i < args.count; ++i) most = std::max(most, args.parts[i].words * args.parts[i].rows);
  const unsigned blocks = std::min((most + move_threads - 1) / move_threads, move_blocks_max);
  launch(move_words, dim3(blocks, args.count, 1), move_threads, 0, stream, args);
}

}  // namespace plinth::cuda
