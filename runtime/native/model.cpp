/** What a step computes, layer after layer. */
#include "model.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace plinth {

Model::Model(
    const ModelOptions& options, const ModelTensors& tensors, const std::vector<AdapterTensors>& adapters)
    : options_(options),
      shape_(options.shape),
      kernels_(choose_kernels(options.path, options.is_exact)),
      threads_(options.threads) {
  load(tensors);
  reserve();
  load_adapters(adapters);
}

void Model::norm(const float* weights, int rows, const int32_t* from) {
  const Norm norm = {hidden_, hidden_stride_, weights, shape_.epsilon, shape_.hidden, from, normed_};
  threads_.run(rows, 8, [&](int first, int last) {
    for (int row = first; row < last; ++row) kernels_.norm(norm, row);
  });
}

void Model::multiply(
    const void* input, int rows, const Matrix& matrix, const std::vector<float>& bias, void* output,
    int stride, Finish finish) {
  Gemm gemm = product(input, rows, matrix, bias.empty() ? nullptr : bias.data(), output, stride, finish);
  adapt(gemm, matrix);
  threads_.run(
      matrix.units, grain_of(matrix.units), [&](int first, int last) { kernels_.gemm(gemm, first, last); });
}

Gemm Model::product(
    const void* input, int rows, const Matrix& matrix, const float* bias, void* output, int stride,
    Finish finish) const {
  return {input,
          matrix.memory.as<uint8_t>(),
          matrix.bits,
          matrix.group,
          matrix.scales.as<uint8_t>(),
          matrix.scale_kind,
          bias,
          output,
          rows,
          matrix.inputs,
          stride,
          finish};
}

/** Small parts: a thread that is held up elsewhere keeps the others waiting for one of them at most. */
int Model::grain_of(int units) const { return 1 + units / (threads_.count() * 12); }

void Model::start(const Step& step) {
  constexpr int steps = steps_at_once + 1;
  const int own = next_step_, before = (own + steps - 1) % steps;
  check_step(
      step, options_.limits, shape_.vocabulary, options_.blocks, static_cast<int>(adapters_.size()),
      step_thread_.under_way() > 0 ? &steps_[before] : nullptr);
  steps_[own] = step;
  next_step_ = (own + 1) % steps;
  step_thread_.start([this, own] {
    fill_in(steps_[own], steps_[(own + steps - 1) % steps], shape_.vocabulary);
    compute(steps_[own]);
  });
}

void Model::compute(const Step& step) {
  plan(step);
  embed(step);
  for (int index = 0; index < shape_.layers; ++index) run_layer(step, index);
  answer(step);
  pool(step);
}

/** Where each token's keys go, which rows share a head, and whose logits are wanted. */
void Model::plan(const Step& step) {
  items_.clear();
  sampled_rows_.clear();
  sampled_tokens_.clear();
  plan_adapters(step);
  const int group = shape_.heads / shape_.kv_heads;
  for (int s = 0; s < step.sequences; ++s) {
    const int begin = step.query_start[s], end = step.query_start[s + 1];
    const int32_t* table = step.block_table + static_cast<size_t>(s) * step.blocks_per_sequence;
    for (int token = begin; token < end; ++token) {
      blocks_[token] = table[step.positions[token] / block_tokens];
      is_last_[token] = token + 1 == end;
    }
    const int rows = (end - begin) * group;
    // Later rows see more: they are taken first, so that no thread ends long after the others.
    for (int first = (rows - 1) / tile_rows * tile_rows; first >= 0; first -= tile_rows) {
      const int count = rows - first < tile_rows ? rows - first : tile_rows;
      for (int head = 0; head < shape_.kv_heads; ++head) items_.push_back({s, head, first, count});
    }
    if (!step.is_sampled[s]) continue;
    const int drafts = step.draft_tokens[s];
    for (int row = 0; row <= drafts; ++row) {
      const int token = end - 1 - drafts + row;
      sampled_tokens_.push_back(token);
      sampled_rows_.push_back({s, token, s * step.rows_per_sequence + row});
    }
  }
}

void Model::embed(const Step& step) {
  threads_.run(step.tokens, 8, [&](int first, int last) {
    for (int token = first; token < last; ++token) {
      float* to = hidden_ + static_cast<size_t>(token) * hidden_stride_;
      const int id = step.token_ids[token];
      // What a row of another step has left behind its end is summed with this one's squares.
      std::fill(to + shape_.hidden, to + hidden_stride_, 0.0f);
      const Element element = kernels_.weight_bytes == 2 ? Element::bf16 : Element::f32;
      if (embedding_.bytes() == 0)
        unpack(head_, kernels_.weight_bytes, id, to, shape_.hidden);
      else
        Tensor{embedding_.as<uint8_t>(), element, shape_.vocabulary, shape_.hidden}.row(id, to);
      if (shape_.embedding_scale == 1.0f) continue;
      for (int i = 0; i < shape_.hidden; ++i) to[i] *= shape_.embedding_scale;
    }
  });
}

void Model::run_layer(const Step& step, int index) {
  const Layer& layer = layers_[index];
  const std::vector<float> none;
  norm(layer.input_norm.data(), step.tokens, nullptr);
  multiply(normed_, step.tokens, layer.qkv, layer.qkv_bias, qkv_, qkv_stride_, Finish::store);
  attend(step, index);
  project(attended_, step.tokens, layer.output, layer.output_bias, layer.attention_norm);
  if (!layer.experts.empty()) return mix(layer, step.tokens);
  norm(layer.post_norm.data(), step.tokens, nullptr);
  multiply(normed_, step.tokens, layer.gated, none, gated_, gated_stride_, gate());
  project(gated_, step.tokens, layer.down, none, layer.feed_forward_norm);
}

/** Adds a product to the hidden states, normalised first where there is a norm for it. */
void Model::project(
    const void* input, int rows, const Matrix& matrix, const std::vector<float>& bias,
    const std::vector<float>& norm) {
  if (norm.empty()) return multiply(input, rows, matrix, bias, hidden_, hidden_stride_, Finish::add);
  multiply(input, rows, matrix, bias, branch_, hidden_stride_, Finish::store);
  const Norm added = {branch_, hidden_stride_, norm.data(), shape_.epsilon, shape_.hidden, nullptr, hidden_};
  threads_.run(rows, 8, [&](int first, int last) {
    for (int row = first; row < last; ++row) kernels_.add_norm(added, row);
  });
}

void Model::attend(const Step& step, int index) {
  const Layer& layer = layers_[index];
  const int group = shape_.heads / shape_.kv_heads;
  uint8_t* cache = cache_.as<uint8_t>() + layer_cache_bytes() * index;
  const float* query_norm = layer.query_norm.empty() ? nullptr : layer.query_norm.data();
  const float* key_norm = layer.key_norm.empty() ? nullptr : layer.key_norm.data();
  const Places places = {
      qkv_,
      qkv_stride_,
      step.positions,
      blocks_.data(),
      is_last_.data(),
      layer.rotations,
      query_norm,
      key_norm,
      shape_.epsilon,
      queries_,
      cache,
      step.tokens,
      shape_.kv_heads,
      group,
      shape_.head_values};
  threads_.run(step.tokens, 8, [&](int first, int last) {
    for (int token = first; token < last; ++token) kernels_.place(places, token);
  });
  const Attention attention = {
      queries_,
      attended_,
      attended_stride_,
      cache,
      step.query_start,
      step.context_length,
      step.block_table,
      step.blocks_per_sequence,
      step.tokens,
      shape_.kv_heads,
      group,
      shape_.head_values,
      shape_.attention_scale,
      shape_.attention_cap,
      layer.window};
  threads_.run(static_cast<int>(items_.size()), 1, [&](int first, int last) {
    for (int item = first; item < last; ++item) kernels_.attention(attention, items_[item]);
  });
}

void Model::answer(const Step& step) {
  const int rows = static_cast<int>(sampled_rows_.size());
  for (int row = 0; row < step.sequences * step.rows_per_sequence; ++row) step.status[row] = 0;
  // Logits have room for a row of each sequence: drafts are rare, and may take a second round.
  for (int first = 0; first < rows; first += logit_rows_) {
    sample(step, first, rows - first < logit_rows_ ? rows - first : logit_rows_);
  }
}

void Model::sample(const Step& step, int first_row, int rows) {
  norm(final_norm_.data(), rows, sampled_tokens_.data() + first_row);
  multiply(normed_, rows, head_, {}, logits_, logit_stride_, Finish::store);
  // One sampler a range: as many ranges as threads at most, so each sampler has one user.
  const int grain = (rows + threads_.count() - 1) / threads_.count();
  threads_.run(rows, grain, [&](int first, int last) {
    Sampler& sampler = *samplers_[first / grain];
    for (int row = first; row < last; ++row) {
      float* logits = logits_ + static_cast<size_t>(row) * logit_stride_;
      if (shape_.logit_cap > 0.0f) kernels_.soft_cap(logits, shape_.logit_cap, logit_stride_);
      sampler.sample(step, sampled_rows_[first_row + row], logits);
    }
  });
}

}  // namespace plinth
