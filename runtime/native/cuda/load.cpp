/** What a model holds on the device: everything is allocated here, and nothing in a step. */
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

namespace {

/** Results of chunks may take so much; sequences for which there is no place come in a round of their own. */
constexpr size_t partial_bytes_max = size_t{256} << 20;
/** More blocks than these, 16 million tokens, are never taken of what is free. */
constexpr size_t fitting_blocks_max = 1 << 20;
/** CUDA 12.3: graphs hold kernels that begin early. */
constexpr int early_version = 12030;

}  // namespace

void require(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  throw std::runtime_error(std::string("CUDA: ") + what + ": " + cudaGetErrorString(code));
}

void prepare_kernels(int head_values, bool is_fp8) {
  prepare_product();
  prepare_rows(is_fp8);
  prepare_attention(head_values, is_fp8);
  prepare_mixture();
  prepare_adapters();
  prepare_sampling();
}

Model::Model(
    const ModelOptions& options, const ModelTensors& tensors, const std::vector<AdapterTensors>& adapters,
    const Share& share, const Communicators* communicators)
    : options_(options),
      share_(share),
      communicators_(communicators),
      shape_(options.shape),
      threads_(options.threads) {
  if (options.is_exact) throw std::runtime_error("the CUDA device has no 32-bit arithmetic");
  if (!can_attend(shape_.head_values))
    throw std::runtime_error(
        "the CUDA device has no attention for heads of " + std::to_string(shape_.head_values) + " values");
  if (shape_.mixture.experts > experts_max)
    throw std::runtime_error("the CUDA device chooses among 1024 experts at most");
  if (options.limits.top_logprobs > alternatives_max)
    throw std::runtime_error("the CUDA device tells 1024 alternatives at most");
  open_device();
  load(tensors);
  reserve();
  reserve_told();
  load_adapters(adapters);
  open_warpgroups();
  open_library();
  warm();
  if (options_.blocks == 0) options_.blocks = meet(fitting_blocks());
  reserve_cache();
  capture();
}

Model::~Model() {
  // A step may be under way still, and reads what is freed now.
  if (stream_) cudaStreamSynchronize(stream_);
  release_graphs();
  if (stream_) cudaStreamDestroy(stream_);
}

void Model::open_device() {
  require(cudaSetDevice(share_.rank), "the device cannot be used");
  cudaDeviceProp facts;
  require(cudaGetDeviceProperties(&facts, share_.rank), "the device says nothing of itself");
  name_ = "cuda:" + std::to_string(share_.rank) + " " + facts.name;
  int driver = 0, runtime = 0;
  require(cudaDriverGetVersion(&driver), "the driver does not tell its version");
  require(cudaRuntimeGetVersion(&runtime), "CUDA does not tell its version");
  can_begin_early_ = facts.major >= 9 && std::min(driver, runtime) >= early_version;
  require(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "there is no stream");
  prepare_kernels(shape_.head_values, options_.is_fp8_cache);
}

void Model::reserve() {
  const Limits& limits = options_.limits;
  const int queries = shape_.heads * shape_.head_values;
  const size_t rows = std::max(limits.step_tokens, limits.sequences), sequences = limits.sequences;
  hidden_stride_ = rounded_up(shape_.hidden, unit_outputs);
  normed_stride_ = rounded_up(shape_.hidden, group_inputs);
  qkv_stride_ = layers_[0].qkv.units * unit_outputs;
  attended_stride_ = rounded_up(queries, group_inputs);
  gated_stride_ = 0;
  for (const Layer& layer : layers_)
    if (layer.router.units == 0) gated_stride_ = std::max(gated_stride_, layer.gated.units * tile_outputs);
  logit_stride_ = rounded_up(shape_.vocabulary, unit_outputs);
  group_ = shape_.heads / shape_.kv_heads;
  row_tiles_ = rounded_up(group_, tile_rows) / tile_rows;
  partial_rows_ = std::min(group_, tile_rows);

  const bool has_branch = std::any_of(layers_.begin(), layers_.end(), [](const Layer& layer) {
    return layer.attention_norm.bytes() + layer.feed_forward_norm.bytes() > 0;
  });
  hidden_ = Memory(rows * hidden_stride_ * sizeof(float));
  branch_ = Memory(has_branch ? hidden_.bytes() : 0);
  normed_ = Memory(rows * normed_stride_ * sizeof(uint16_t));
  qkv_ = Memory(rows * qkv_stride_ * sizeof(float));
  queries_ = Memory(rows * queries * sizeof(uint16_t));
  attended_ = Memory(rows * attended_stride_ * sizeof(uint16_t));
  gated_ = Memory(rows * gated_stride_ * sizeof(uint16_t));
  if (share_.is_first()) logits_ = Memory(sequences * logit_stride_ * sizeof(float));
  reserve_parts(rows, sequences);
  // What is padding stays zero.
  require(cudaMemsetAsync(attended_.as<void>(), 0, attended_.bytes(), stream_), "memory cannot be cleared");

  const size_t place = static_cast<size_t>(shape_.kv_heads) * partial_rows_;
  const size_t place_bytes = place * (shape_.head_values + 2) * sizeof(float);
  const size_t chunks = rounded_up(limits.sequence_tokens, chunk_tokens) / chunk_tokens;
  const size_t most = std::min(sequences * row_tiles_ * chunks, partial_bytes_max / place_bytes);
  // A chunk of which no block is shared has blocks of its own; any sequence alone has room.
  const size_t blocks = options_.blocks > 0 ? options_.blocks : fitting_blocks_max;
  const size_t own = (blocks * cache_block / chunk_tokens + sequences) * row_tiles_;
  const size_t places = std::max(chunks, std::min(most, own));
  partial_places_ = static_cast<int>(places);
  partial_sums_ = Memory(places * place * shape_.head_values * sizeof(float));
  partial_scales_ = Memory(places * place * 2 * sizeof(float));
  rotate();
  reserve_mixture();
}

/** Writes what heads are multiplied by at each position, and tells each layer where its own lies. */
void Model::rotate() {
  const int half = shape_.head_values / 2;
  const size_t values = static_cast<size_t>(options_.limits.sequence_tokens) * shape_.head_values;
  std::vector<float> rotations(values * options_.ropes.size());
  for (size_t index = 0; index < options_.ropes.size(); ++index) {
    const Rope& rope = options_.ropes[index];
    for (int position = 0; position < options_.limits.sequence_tokens; ++position) {
      float* row = rotations.data() + values * index + static_cast<size_t>(position) * shape_.head_values;
      for (int i = 0; i < half; ++i) {
        const double angle = static_cast<float>(position) * rope.turns[i];
        row[i] = static_cast<float>(std::cos(angle)) * rope.scale;
        row[half + i] = static_cast<float>(std::sin(angle)) * rope.scale;
      }
    }
  }
  rotations_ = copied(rotations.data(), rotations.size() * sizeof(float));
  for (size_t index = 0; index < layers_.size(); ++index) {
    const LayerKind& kind = options_.kinds[index];
    layers_[index].window = kind.window > 0 ? kind.window : all_tokens;
    layers_[index].rotations = rotations_.as<float>() + values * kind.rope;
  }
}

size_t Model::block_bytes() const {
  const size_t value_bytes = options_.is_fp8_cache ? sizeof(uint8_t) : sizeof(uint16_t);
  return cache_at(1, 0, shape_.kv_heads, shape_.head_values) * value_bytes * shape_.layers;
}

/**
 * What is left of the share when all else is there, graphs too: they are captured without a cache, which no
 * kernel looks for before it runs, and once more with it. Memory that others have is not ours.
 */
int Model::fitting_blocks() {
  capture();
  size_t free = 0, total = 0;
  require(cudaMemGetInfo(&free, &total), "the device does not tell its memory");
  release_graphs();
  const auto share = static_cast<size_t>(options_.memory_share * static_cast<double>(total));
  const size_t used = total - free, left = share > used ? share - used : 0;
  const size_t blocks = std::min<size_t>(left / block_bytes(), fitting_blocks_max);
  const size_t least = rounded_up(options_.limits.sequence_tokens, cache_block) / cache_block;
  if (blocks >= least) return static_cast<int>(blocks);
  const auto mebibytes = [](size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; };
  throw std::runtime_error(
      "no room for a KV cache: " + mebibytes(share) + " of the device's " + mebibytes(total) +
      " may be used and " + mebibytes(used) + " are, by weights " + mebibytes(weight_bytes()) +
      ", by arrays of a step " + mebibytes(workspace_bytes()) +
      " and by graphs, CUDA itself or others; a sequence of " +
      std::to_string(options_.limits.sequence_tokens) + " tokens takes " + mebibytes(least * block_bytes()) +
      ": ask for shorter ones (engine.sequenceTokens), smaller steps, or a larger share "
      "(engine.gpuMemoryUtilization)");
}

/** What is padding stays zero. */
void Model::reserve_cache() {
  cache_ = Memory(block_bytes() * options_.blocks);
  require(cudaMemsetAsync(cache_.as<void>(), 0, cache_.bytes(), stream_), "memory cannot be cleared");
}

/** Rows of hidden states and of logits are exchanged, never both at a time. */
void Model::reserve_parts(size_t rows, size_t sequences) {
  if (share_.ranks == 1) return;
  const size_t hidden = hidden_stride_, logits = head_.units * unit_outputs;
  const size_t values = std::max(rows * hidden, sequences * logits);
  parts_ = Memory(values * sizeof(float));
  exchange_ = Exchange(communicators_, share_, std::max(hidden, logits), values);
}

void Model::reserve_told() {
  const Limits& limits = options_.limits;
  const size_t tokens = limits.step_tokens, sequences = limits.sequences;
  const size_t rows = sequences * (1 + limits.draft_tokens);
  const size_t tables = sequences * (rounded_up(limits.sequence_tokens, cache_block) / cache_block);
  const size_t items = tokens * group_ / ragged_tile_rows + sequences;
  const size_t words = rounded_up(shape_.vocabulary, 32) / 32, adjustments = limits.adjustments;
  told_.counts = Mirror<Counts>(1);
  for (Mirror<int32_t>* by_token : {&told_.token_ids, &told_.positions, &told_.blocks})
    *by_token = Mirror<int32_t>(tokens);
  for (Mirror<int32_t>* by_sequence : {&told_.query_start, &told_.adjust_start})
    *by_sequence = Mirror<int32_t>(sequences + 1);
  for (Mirror<int32_t>* by_sequence : {&told_.context_length, &told_.top_k, &told_.logprobs})
    *by_sequence = Mirror<int32_t>(sequences);
  for (Mirror<float>* by_sequence : {&told_.temperature, &told_.top_p, &told_.min_p})
    *by_sequence = Mirror<float>(sequences);
  told_.seed = Mirror<uint64_t>(sequences);
  told_.block_table = Mirror<int32_t>(tables);
  told_.split_items = Mirror<Item>(sequences * row_tiles_);
  told_.ragged_items = Mirror<Item>(items);
  told_.sampled = Mirror<Row>(rows);
  told_.pooling = Mirror<uint8_t>(sequences);
  told_.pooled = Mirror<float>(sequences * shape_.hidden);
  places_.resize(rows);
  rounds_.reserve(sequences * row_tiles_);
  told_.adjust_token = Mirror<int32_t>(adjustments);
  told_.adjust_scale = Mirror<float>(adjustments);
  told_.adjust_add = Mirror<float>(adjustments);
  told_.allowed = Mirror<int32_t>(sequences * words);
  answers_.sampled = Mirror<int32_t>(rows);
  answers_.status = Mirror<int32_t>(rows);
  answers_.logprob = Mirror<float>(rows);
  answers_.top_tokens = Mirror<int32_t>(rows * limits.top_logprobs);
  answers_.top_logprob = Mirror<float>(rows * limits.top_logprobs);
}

int Model::meet(int own) const { return communicators_ ? communicators_->meet(own) : own; }

size_t Model::weight_bytes() const {
  size_t bytes = embedding_.bytes() + head_.bytes() + adapter_bytes();
  for (const Layer& layer : layers_) {
    bytes += layer.qkv.bytes() + layer.output.bytes();
    bytes += layer.gated.bytes() + layer.down.bytes() + layer.router.bytes();
  }
  return bytes;
}

size_t Model::workspace_bytes() const {
  size_t bytes = told_.block_table.bytes() + told_.allowed.bytes() + told_.adjust_token.bytes() * 3;
  for (const Memory* memory :
       {&hidden_, &branch_, &normed_, &qkv_, &queries_, &attended_, &gated_, &logits_, &rotations_,
        &partial_sums_, &partial_scales_, &inner_, &added_, &unpacked_, &ungated_, &parts_})
    bytes += memory->bytes();
  return bytes + mixture_bytes() + exchange_.bytes() + (library_ ? library_->workspace_bytes() : 0);
}

}  // namespace plinth::cuda
