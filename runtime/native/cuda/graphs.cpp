/** Steps of single tokens as graphs, which are captured when a model is loaded. */
#include <algorithm>

#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

namespace {

/** The first of the chunk counts for which graphs are made; each further one has four times as many. */
constexpr int first_chunks = 4;

int next_batch(int sequences) {
  if (sequences < 8) return sequences * 2;
  return sequences + (sequences < 64 ? 8 : 32);
}

}  // namespace

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
  for (int batch = 1;; batch = next_batch(batch)) {
    const int sequences = std::min({batch, options_.limits.sequences, options_.limits.step_tokens});
    for (int tier = first_chunks;; tier *= 4) {
      const int chunks = std::min(tier, most);
      capture({sequences, sequences * row_tiles_, 0, sequences, chunks, 0, false});
      if (adapters_ > 0) capture({sequences, sequences * row_tiles_, 0, sequences, chunks, 0, true});
      if (chunks == most) break;
    }
    if (sequences < batch || batch == options_.limits.sequences) break;
  }
}

void Model::release_graphs() {
  for (const auto& [extent, graph] : graphs_) cudaGraphExecDestroy(graph);
  graphs_.clear();
}

}  // namespace plinth::cuda
