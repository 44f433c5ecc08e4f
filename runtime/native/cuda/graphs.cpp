/** Steps of single tokens as graphs, which are captured when a model is loaded. */
#include <algorithm>

#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

namespace {

/** The first of the chunk counts for which graphs are made; each further one has twice as many. */
constexpr int first_chunks = 4;

int next_batch(int sequences) {
  if (sequences < 8) return sequences * 2;
  return sequences + (sequences < 64 ? 8 : 32);
}

/** Numbers of sequences for which graphs are made. */
std::vector<int> batches_of(const Limits& limits) {
  const int most = std::min(limits.sequences, limits.step_tokens);
  std::vector<int> out;
  for (int batch = 1; batch < most; batch = next_batch(batch)) out.push_back(batch);
  out.push_back(most);
  return out;
}

}  // namespace

/**
 * Launches what is captured later, on no tokens: drivers load a kernel, and libraries what they need, when it
 * is launched first, which must not be within a capture. Nor may a rank still allocate while another's GPU
 * waits for it in an exchange: all are here before, and have done with it behind.
 */
void Model::warm() {
  require(cudaStreamSynchronize(stream_), "the device cannot be prepared");
  meet(0);
  *told_.counts.here() = {};
  Parcel none;
  told_.counts.send(1, none);
  none.go(stream_);
  for (const int sequences : batches_of(options_.limits)) {
    const int tiles = sequences * row_tiles_;
    run({sequences, tiles, tiles, sequences, 1, 0, false});
    if (adapters_ > 0) run({sequences, tiles, tiles, sequences, 1, 0, true});
  }
  const int most = std::max(options_.limits.step_tokens, options_.limits.sequences);
  if (share_.ranks > 1)
    exchange_.sum(parts_.as<float>(), hidden_.as<float>(), most, hidden_stride_, false, stream_);
  require(cudaStreamSynchronize(stream_), "kernels cannot be launched");
  meet(0);
}

void Model::capture(const Extent& extent) {
  require(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "steps cannot be captured");
  run(extent);
  cudaGraph_t graph;
  require(cudaStreamEndCapture(stream_, &graph), "a step cannot be captured");
  cudaGraphExec_t ready;
  const cudaError_t code = cudaGraphInstantiate(&ready, graph, 0);
  cudaGraphDestroy(graph);
  require(code, "a captured step cannot be used");
  graphs_[{extent.is_adapted, extent.tokens, extent.chunks}] = ready;
}

/** Steps of single tokens are captured once, for growing numbers of sequences and of chunks. */
void Model::capture() {
  const int most = rounded_up(options_.limits.sequence_tokens, chunk_tokens) / chunk_tokens;
  require(cudaStreamSynchronize(stream_), "the device cannot be prepared");
  for (const int sequences : batches_of(options_.limits)) {
    for (int tier = first_chunks;; tier *= 2) {
      const int chunks = std::min(tier, most);
      capture({sequences, sequences * row_tiles_, 0, sequences, chunks, 0, false});
      if (adapters_ > 0) capture({sequences, sequences * row_tiles_, 0, sequences, chunks, 0, true});
      if (chunks == most) break;
    }
  }
}

void Model::release_graphs() {
  for (const auto& [extent, graph] : graphs_) cudaGraphExecDestroy(graph);
  graphs_.clear();
}

}  // namespace plinth::cuda
