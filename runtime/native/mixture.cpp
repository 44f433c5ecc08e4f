/**
 * Layers that choose among experts: each token's likeliest ones, each expert's rows together, and what they
 * give summed for each token alone, in the order in which it chose them.
 */
#include "mixture.hpp"

#include <algorithm>

#include "model.hpp"

namespace plinth {

Routes::Routes(const MixtureShape& shape, int tokens) : shape_(shape) {
  const int pairs = tokens * shape.chosen, parts = std::min(pairs, shape.experts);
  experts_.resize(pairs);
  rows_.resize(pairs);
  shares_.resize(pairs);
  tokens_.resize(rounded_up(pairs + parts * (tile_rows - 1), tile_rows));
  counts_.resize(shape.experts);
  starts_.resize(shape.experts);
}

void Routes::choose(const KernelSet& kernels, float* logits, int token) {
  const int experts = shape_.experts, first = token * shape_.chosen;
  float peak = logits[0];
  for (int expert = 1; expert < experts; ++expert) peak = std::max(peak, logits[expert]);
  kernels.weigh(logits, peak, 1.0f, experts, logits);
  double all = 0.0, chosen = 0.0;
  for (int expert = 0; expert < experts; ++expert) all += logits[expert];
  constexpr float taken = -1.0f;
  for (int choice = 0; choice < shape_.chosen; ++choice) {
    // Among equals the first; what is no number is taken as it comes, so that there is always one.
    int best = -1;
    for (int expert = 0; expert < experts; ++expert) {
      if (logits[expert] == taken) continue;
      if (best < 0 || logits[expert] > logits[best]) best = expert;
    }
    experts_[first + choice] = best;
    shares_[first + choice] = logits[best];
    chosen += logits[best];
    logits[best] = taken;
  }
  const double whole = shape_.is_normalised ? chosen : all;
  for (int choice = 0; choice < shape_.chosen; ++choice) {
    shares_[first + choice] = static_cast<float>(shares_[first + choice] / whole);
  }
}

void Routes::assign(int tokens) {
  const int pairs = tokens * shape_.chosen;
  std::fill(counts_.begin(), counts_.end(), 0);
  for (int pair = 0; pair < pairs; ++pair) ++counts_[experts_[pair]];
  int start = 0;
  for (int expert = 0; expert < shape_.experts; ++expert) {
    starts_[expert] = start;
    start += rounded_up(counts_[expert], tile_rows);
    counts_[expert] = 0;
  }
  for (int pair = 0; pair < pairs; ++pair) {
    const int expert = experts_[pair], row = starts_[expert] + counts_[expert]++;
    rows_[pair] = row;
    tokens_[row] = pair / shape_.chosen;
  }
}

void Model::reserve_mixture() {
  if (shape_.mixture.experts == 0) return;
  routes_ = Routes(shape_.mixture, options_.limits.step_tokens);
  expert_products_.reserve(shape_.mixture.experts);
  // Tiles read whole: there is room for a tile's rows behind the last one.
  const size_t rows = routes_.rows_max() + tile_rows;
  const size_t width = rounded_up(shape_.mixture.intermediate, row_values), hidden = hidden_stride_;
  const size_t sizes[] = {
      static_cast<size_t>(options_.limits.step_tokens) * rounded_up(shape_.mixture.experts, unit_columns) * 4,
      rows * hidden * kernels_.activation_bytes, rows * width * kernels_.activation_bytes, rows * hidden * 4};
  size_t offsets[4], total = 0;
  for (int i = 0; i < 4; ++i) {
    offsets[i] = total;
    total += (sizes[i] + 63) / 64 * 64;
  }
  mixture_workspace_ = Region(total);
  uint8_t* base = mixture_workspace_.as<uint8_t>();
  router_logits_ = reinterpret_cast<float*>(base + offsets[0]);
  routed_ = base + offsets[1];
  routed_gated_ = base + offsets[2];
  routed_output_ = base + offsets[3];
}

void Model::mix(const Layer& layer, int tokens) {
  norm(layer.post_norm.data(), tokens, nullptr);
  multiply(normed_, tokens, layer.router, {}, router_logits_, layer.router.stride(), Finish::store);
  threads_.run(tokens, 8, [&](int first, int last) {
    for (int token = first; token < last; ++token) {
      routes_.choose(kernels_, router_logits_ + static_cast<size_t>(token) * layer.router.stride(), token);
    }
  });
  routes_.assign(tokens);
  const int pairs = tokens * routes_.choices();
  const Norm gathered = {hidden_,       hidden_stride_,   layer.post_norm.data(), shape_.epsilon,
                         shape_.hidden, routes_.tokens(), routed_};
  threads_.run(pairs, 8, [&](int first, int last) {
    for (int pair = first; pair < last; ++pair) kernels_.norm(gathered, routes_.row(pair));
  });
  const int width = layer.experts[0].down.inputs;
  multiply_experts(layer, &Expert::gated, routed_, routed_gated_, width, kernels_.activation_bytes, gate());
  multiply_experts(layer, &Expert::down, routed_gated_, routed_output_, hidden_stride_, 4, Finish::store);
  threads_.run(tokens, 8, [&](int first, int last) {
    for (int token = first; token < last; ++token) add_choices(token);
  });
}

/** Each expert's rows times its weights, all experts' columns shared by all threads. */
void Model::multiply_experts(
    const Layer& layer, Matrix Expert::*part, const uint8_t* input, uint8_t* output, int stride,
    int output_bytes, Finish finish) {
  expert_products_.clear();
  for (size_t index = 0; index < layer.experts.size(); ++index) {
    const int count = routes_.count(index);
    if (count == 0) continue;
    const Matrix& matrix = layer.experts[index].*part;
    const size_t start = routes_.start(index);
    const uint8_t* from = input + start * matrix.inputs * kernels_.activation_bytes;
    expert_products_.push_back(
        product(from, count, matrix, nullptr, output + start * stride * output_bytes, stride, finish));
  }
  const int units = (layer.experts[0].*part).units;
  const int all = units * static_cast<int>(expert_products_.size());
  threads_.run(all, grain_of(all), [&](int first, int last) {
    while (first < last) {
      const int unit = first % units, end = std::min(units, unit + last - first);
      kernels_.gemm(expert_products_[first / units], unit, end);
      first += end - unit;
    }
  });
}

/** Adds what a token's experts gave to its hidden state. */
void Model::add_choices(int token) {
  float* to = hidden_ + static_cast<size_t>(token) * hidden_stride_;
  const float* outputs = reinterpret_cast<const float*>(routed_output_);
  const int first = token * routes_.choices();
  for (int i = 0; i < shape_.hidden; ++i) {
    float sum = 0.0f;
    for (int pair = first; pair < first + routes_.choices(); ++pair) {
      sum += routes_.share(pair) * outputs[static_cast<size_t>(routes_.row(pair)) * hidden_stride_ + i];
    }
    to[i] += sum;
  }
}

}  // namespace plinth
