/** What a model holds, and what it accepts as a step. */
#include <algorithm>
#include <cmath>

#include "model.hpp"

namespace plinth {

size_t Model::layer_cache_bytes() const {
  return static_cast<size_t>(options_.blocks) * shape_.kv_heads * shape_.head_values * block_tokens * 2 *
         kernels_.weight_bytes;
}

size_t Model::weight_bytes() const {
  size_t bytes = embedding_.bytes() + head_.bytes();
  for (const Layer& layer : layers_) {
    bytes += layer.qkv.bytes() + layer.output.bytes() + layer.router.bytes();
    bytes += layer.gated.bytes() + layer.down.bytes();
    for (const Expert& expert : layer.experts) bytes += expert.gated.bytes() + expert.down.bytes();
  }
  for (const Adapter& adapter : adapters_) bytes += adapter.bytes();
  return bytes;
}

void Model::load(const ModelTensors& tensors) {
  const int bytes = kernels_.weight_bytes, width = rounded_up(shape_.hidden, row_values);
  const auto norm = [&](const Tensor& weights, int padded) {
    if (!weights.data) return std::vector<float>();
    std::vector<float> out = joined({weights}, padded);
    for (int i = 0; i < weights.columns; ++i) out[i] += shape_.norm_shift;
    return out;
  };
  for (const LayerTensors& from : tensors.layers) {
    Layer layer;
    layer.input_norm = norm(from.input_norm, width);
    layer.post_norm = norm(from.post_norm, width);
    layer.attention_norm = norm(from.attention_norm, width);
    layer.feed_forward_norm = norm(from.feed_forward_norm, width);
    layer.query_norm = norm(from.query_norm, shape_.head_values);
    layer.key_norm = norm(from.key_norm, shape_.head_values);
    layer.qkv = pack({from.query, from.key, from.value}, bytes, threads_);
    layer.output = pack({from.output}, bytes, threads_);
    if (from.gate.data) layer.gated = pack_gated(from.gate, from.up, bytes, threads_);
    if (from.down.data) layer.down = pack({from.down}, bytes, threads_);
    if (from.router.data) layer.router = pack({from.router}, bytes, threads_);
    for (const ExpertTensors& expert : from.experts) {
      layer.experts.push_back(
          {pack_gated(expert.gate, expert.up, bytes, threads_), pack({expert.down}, bytes, threads_)});
    }
    if (from.query_bias.data)
      layer.qkv_bias = joined({from.query_bias, from.key_bias, from.value_bias}, layer.qkv.stride());
    if (from.output_bias.data) layer.output_bias = joined({from.output_bias}, layer.output.stride());
    layers_.push_back(std::move(layer));
  }
  final_norm_ = norm(tensors.final_norm, width);
  uint8_t scale[4];
  narrow(&shape_.embedding_scale, 1, scale, bytes);
  Tensor{scale, bytes == 2 ? Element::bf16 : Element::f32, 1, 1}.row(0, &shape_.embedding_scale);
  head_ = pack({tensors.head.data ? tensors.head : tensors.embedding}, bytes, threads_);
  if (!tensors.head.data) return;
  const size_t row_bytes = static_cast<size_t>(shape_.hidden) * bytes;
  embedding_ = Region(row_bytes * shape_.vocabulary);
  threads_.run(shape_.vocabulary, 256, [&](int first, int last) {
    std::vector<float> row(shape_.hidden);
    for (int id = first; id < last; ++id) {
      tensors.embedding.row(id, row.data());
      narrow(row.data(), shape_.hidden, embedding_.as<uint8_t>() + row_bytes * id, bytes);
    }
  });
}

void Model::reserve() {
  const Limits& limits = options_.limits;
  hidden_stride_ = rounded_up(shape_.hidden, row_values);
  qkv_stride_ = layers_[0].qkv.stride();
  attended_stride_ = layers_[0].output.inputs;
  gated_stride_ = 0;
  for (const Layer& layer : layers_) gated_stride_ = std::max(gated_stride_, layer.down.inputs);
  logit_stride_ = head_.stride();
  logit_rows_ = rounded_up(limits.sequences, 16);
  cache_ = Region(layer_cache_bytes() * shape_.layers);

  // Tiles read whole: there is room for a tile's rows behind the last one.
  const size_t rows =
      rounded_up(limits.step_tokens > limits.sequences ? limits.step_tokens : limits.sequences, 16) + 16;
  const size_t activation = kernels_.activation_bytes;
  const size_t query_values = static_cast<size_t>(shape_.heads) * shape_.head_values;
  const bool has_branch = std::any_of(layers_.begin(), layers_.end(), [](const Layer& layer) {
    return !layer.attention_norm.empty() || !layer.feed_forward_norm.empty();
  });
  const size_t sizes[] = {
      rows * hidden_stride_ * 4,
      rows * qkv_stride_ * 4,
      static_cast<size_t>(logit_rows_) * logit_stride_ * 4,
      static_cast<size_t>(limits.sequence_tokens) * shape_.head_values * 4 * options_.ropes.size(),
      rows * hidden_stride_ * activation,
      rows * query_values * activation,
      rows * attended_stride_ * activation,
      rows * gated_stride_ * activation,
      has_branch ? rows * hidden_stride_ * 4 : 0};
  size_t offsets[9], total = 0;
  for (int i = 0; i < 9; ++i) {
    offsets[i] = total;
    total += (sizes[i] + 63) / 64 * 64;
  }
  workspace_ = Region(total);
  uint8_t* base = workspace_.as<uint8_t>();
  hidden_ = reinterpret_cast<float*>(base + offsets[0]);
  qkv_ = reinterpret_cast<float*>(base + offsets[1]);
  logits_ = reinterpret_cast<float*>(base + offsets[2]);
  rotations_ = reinterpret_cast<float*>(base + offsets[3]);
  normed_ = base + offsets[4];
  queries_ = base + offsets[5];
  attended_ = base + offsets[6];
  gated_ = base + offsets[7];
  branch_ = reinterpret_cast<float*>(base + offsets[8]);
  rotate();
  reserve_mixture();
  blocks_.resize(limits.step_tokens);
  is_last_.resize(limits.step_tokens);
  sampled_tokens_.reserve(static_cast<size_t>(limits.sequences) * (1 + limits.draft_tokens));
  sampled_rows_.reserve(sampled_tokens_.capacity());
  const size_t group = shape_.heads / shape_.kv_heads;
  items_.reserve((limits.step_tokens * group / tile_rows + limits.sequences + 1) * shape_.kv_heads);
  for (int i = 0; i < threads_.count(); ++i)
    samplers_.push_back(std::make_unique<Sampler>(kernels_, shape_.vocabulary, limits.top_logprobs));
}

/** Writes what heads are multiplied by at each position, and tells each layer where its own lies. */
void Model::rotate() {
  const int half = shape_.head_values / 2;
  const size_t values = static_cast<size_t>(options_.limits.sequence_tokens) * shape_.head_values;
  for (size_t index = 0; index < options_.ropes.size(); ++index) {
    const Rope& rope = options_.ropes[index];
    for (int position = 0; position < options_.limits.sequence_tokens; ++position) {
      float* row = rotations_ + values * index + static_cast<size_t>(position) * shape_.head_values;
      for (int i = 0; i < half; ++i) {
        const double angle = static_cast<float>(position) * rope.turns[i];
        row[i] = static_cast<float>(std::cos(angle)) * rope.scale;
        row[half + i] = static_cast<float>(std::sin(angle)) * rope.scale;
      }
    }
  }
  for (size_t index = 0; index < layers_.size(); ++index) {
    const LayerKind& kind = options_.kinds[index];
    layers_[index].window = kind.window > 0 ? kind.window : all_tokens;
    layers_[index].rotations = rotations_ + values * kind.rope;
  }
}

}  // namespace plinth
