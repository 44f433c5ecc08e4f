/** Steps of single tokens as graphs, which are captured when a model is loaded. */
#include <algorithm>
#include <stdexcept>

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

/** What a stream captures; given up where it is not ended. */
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "steps cannot be captured");
  }
  ~Capture() {
    if (!is_ended_) cudaStreamEndCapture(stream_, &graph_);
    if (graph_) cudaGraphDestroy(graph_);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  cudaGraph_t end() {
    is_ended_ = true;
    require(cudaStreamEndCapture(stream_, &graph_), "a step cannot be captured");
    return graph_;
  }

 private:
  cudaStream_t stream_;
  cudaGraph_t graph_ = nullptr;
  bool is_ended_ = false;
};

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

cudaGraphExec_t Model::captured(const Extent& extent) {
  Capture capture(stream_);
  run(extent);
  cudaGraphExec_t ready;
  require(cudaGraphInstantiate(&ready, capture.end(), 0), "a captured step cannot be used");
  // Else the first step that launches it would, and take memory that the cache was given.
  const cudaError_t code = cudaGraphUpload(ready, stream_);
  if (code != cudaSuccess) cudaGraphExecDestroy(ready);
  require(code, "the device has no room for a captured step");
  return ready;
}

/** Where graphs cannot hold kernels that begin early, none does, and the device's name says so. */
void Model::capture(const Extent& extent) {
  cudaGraphExec_t& graph = graphs_[{extent.is_adapted, extent.tokens, extent.chunks}];
  try {
    graph = captured(extent);
  } catch (const std::runtime_error& problem) {
    graphs_.erase({extent.is_adapted, extent.tokens, extent.chunks});
    if (!begins_early()) throw;
    name_ += std::string(", without kernels that begin early (") + problem.what() + ")";
    can_begin_early_ = false;
    // Else it would be found by whoever asks next.
    cudaGetLastError();
    capture(extent);
  }
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
  require(cudaStreamSynchronize(stream_), "captured steps cannot be brought to the device");
}

void Model::release_graphs() {
  for (const auto& [extent, graph] : graphs_) cudaGraphExecDestroy(graph);
  graphs_.clear();
}

}  // namespace plinth::cuda
