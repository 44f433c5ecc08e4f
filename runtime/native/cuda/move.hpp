/** Copies between this machine's memory and the device's, many in one launch. */
#pragma once
#include <cuda_runtime.h>

#include <cstdint>

namespace plinth::cuda {

/** Words that are copied, from or to page-locked memory of this machine, which the device reaches itself. */
struct Moves {
  static constexpr int most = 32;
  /** Rows of so many words, which lie `pitch` apart on both sides. */
  struct Part {
    const uint32_t* from;
    uint32_t* to;
    uint32_t words, rows, pitch;
  };
  Part parts[most];
  int count;
};
void move(const Moves&, cudaStream_t);

}  // namespace plinth::cuda
