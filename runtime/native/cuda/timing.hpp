/** How long single kernels take, on made-up values of a given shape. */
#pragma once
#include <string>
#include <vector>

namespace plinth::cuda {

/** What a kernel is measured on; each reads only what it needs. */
struct TimedShape {
  /** Tokens of the step; rows of a product or of logits. */
  int rows = 1;
  int inputs = 0, outputs = 0;
  /** Tokens of each sequence that are in the cache after the step. */
  int context = 0;
  int heads = 0, kv_heads = 0, head_values = 0, vocabulary = 0;
  float temperature = 0, top_p = 1;
};

/**
 * Milliseconds of one launch, for each of `repeats` replays of a graph of `launches` of them. Launches take
 * turns at copies of what they read, so that caches do not have it from the one before. Throws for a kernel
 * that is not known, or where there is no memory.
 */
std::vector<double> time_kernel(
    const std::string& kernel, const TimedShape& shape, int launches, int repeats);

}  // namespace plinth::cuda
