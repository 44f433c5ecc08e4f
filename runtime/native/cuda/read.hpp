/** Reads, and nothing else: what decoding is measured by. */
#pragma once
#include "launches.hpp"

namespace plinth::cuda {

constexpr int read_blocks_max = 2112, read_threads = 256;

/** `count` words of 16 bytes; `found` has room for one number of each thread there can be. */
struct Read {
  const void* from;
  uint32_t* found;
  size_t count;
};
void read(const Read&, cudaStream_t);

}  // namespace plinth::cuda
