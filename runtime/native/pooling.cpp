/** Hidden states behind the final norm, as embeddings want them: in 32 bits, in one order on every path. */
#include <algorithm>
#include <cmath>

#include "model.hpp"

namespace plinth {

namespace {

constexpr int32_t non_finite = 1;

bool is_finite(const float* values, int count) {
  return std::all_of(values, values + count, [](float value) { return std::isfinite(value); });
}

}  // namespace

void Model::pool(const Step& step) {
  const Pooling* end = step.pooling + step.sequences;
  const bool is_none =
      std::all_of(step.pooling, end, [](Pooling pooling) { return pooling == Pooling::none; });
  if (is_none) return;
  threads_.run(step.sequences, 1, [&](int first, int last) {
    for (int s = first; s < last; ++s)
      if (step.pooling[s] != Pooling::none) pool_sequence(step, s);
  });
}

void Model::pool_sequence(const Step& step, int sequence) const {
  const bool is_sum = step.pooling[sequence] == Pooling::sum;
  float* out = step.pooled + static_cast<size_t>(sequence) * shape_.hidden;
  const int end = step.query_start[sequence + 1];
  if (!is_sum) std::fill(out, out + shape_.hidden, 0.0f);
  for (int token = is_sum ? step.query_start[sequence] : end - 1; token < end; ++token) {
    const float* row = hidden_ + static_cast<size_t>(token) * hidden_stride_;
    double squares = 0;
    for (int i = 0; i < shape_.hidden; ++i) squares += static_cast<double>(row[i]) * row[i];
    const auto scale = static_cast<float>(1 / std::sqrt(squares / shape_.hidden + shape_.epsilon));
    for (int i = 0; i < shape_.hidden; ++i) out[i] += row[i] * scale * final_norm_[i];
  }
  if (!is_finite(out, shape_.hidden)) step.status[sequence * step.rows_per_sequence] = non_finite;
}

}  // namespace plinth
