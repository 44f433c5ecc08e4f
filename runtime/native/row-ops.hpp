/** What is done to each token alone: normalisation, rotation, and writing its keys and values. */
#pragma once
#include "modes.hpp"

namespace {

PLINTH_INLINE float scale_of(const float* input, int values, int padded, float epsilon) {
  Vec squares = vec(0.0f);
  for (int i = 0; i < padded; i += 16) squares = fused(load(input + i), load(input + i), squares);
  return 1.0f / std::sqrt(sum(squares) / static_cast<float>(values) + epsilon);
}

template <class Mode>
void norm_row(const plinth::Norm& norm, int row) {
  const float* input = norm.input + static_cast<size_t>(norm.rows ? norm.rows[row] : row) * norm.stride;
  auto* output = static_cast<typename Mode::Activation*>(norm.output);
  const Vec scale = vec(scale_of(input, norm.values, norm.stride, norm.epsilon));
  for (int i = 0; i < norm.stride; i += 16) {
    store(output + Mode::at(row, i, norm.stride), load(input + i) * scale * load(norm.weights + i));
  }
}

inline void add_norm_row(const plinth::Norm& norm, int row) {
  const float* input = norm.input + static_cast<size_t>(row) * norm.stride;
  float* output = static_cast<float*>(norm.output) + static_cast<size_t>(row) * norm.stride;
  const Vec scale = vec(scale_of(input, norm.values, norm.stride, norm.epsilon));
  for (int i = 0; i < norm.stride; i += 16) {
    store(output + i, load(output + i) + load(input + i) * scale * load(norm.weights + i));
  }
}

inline void soft_cap(float* values, float cap, int count) {
  for (int i = 0; i < count; i += 16) store(values + i, capped(load(values + i), cap));
}

/** A head of queries or keys: normalised where the model says so, then rotated by its position. */
PLINTH_INLINE void turn_head(
    const plinth::Places& args, const float* input, const float* weights, int position, float* head) {
  const int values = args.head_values, half = values / 2;
  const Vec scale = vec(weights ? scale_of(input, values, values, args.epsilon) : 1.0f);
  for (int d = 0; d < values; d += 16) {
    store(head + d, weights ? load(input + d) * scale * load(weights + d) : load(input + d));
  }
  const float* cosines = args.rotations + static_cast<size_t>(position) * values;
  for (int d = 0; d < half; ++d) {
    const float first = head[d], second = head[d + half];
    head[d] = first * cosines[d] - second * cosines[half + d];
    head[d + half] = second * cosines[d] + first * cosines[half + d];
  }
}

template <class Mode>
void place_token(const plinth::Places& args, int token) {
  using Weight = typename Mode::Weight;
  alignas(64) float head[256];
  const int values = args.head_values, position = args.positions[token],
            slot = position % plinth::block_tokens;
  const float* row = args.qkv + static_cast<size_t>(token) * args.qkv_stride;
  auto* queries = static_cast<typename Mode::Activation*>(args.queries);
  const int heads = args.kv_heads * args.group;
  for (int h = 0; h < heads; ++h) {
    turn_head(args, row + h * values, args.query_norm, position, head);
    const size_t kv_head = h / args.group, in_group = h % args.group;
    auto* to = queries + ((kv_head * args.tokens + token) * args.group + in_group) * values;
    for (int d = 0; d < values; d += 16) store(to + d, load(head + d));
  }
  const size_t part = static_cast<size_t>(values) * plinth::block_tokens;
  Weight* block = reinterpret_cast<Weight*>(args.cache) +
                  static_cast<size_t>(args.blocks[token]) * args.kv_heads * part * 2;
  for (int h = 0; h < args.kv_heads; ++h, block += part * 2) {
    turn_head(args, row + (heads + h) * values, args.key_norm, position, head);
    for (int d = 0; d < values; ++d) block[d / 2 * 32 + Mode::place(slot, d % 2)] = narrowed<Weight>(head[d]);
    const float* value = row + (heads + args.kv_heads + h) * values;
    // Whatever lay behind the last token is weighted with zero, and must be a number for that.
    const int end = args.is_last[token] ? plinth::block_tokens : slot + 1;
    for (int s = slot; s < end; ++s) {
      Weight* to = block + part + s / 2 * values * 2;
      for (int d = 0; d < values; ++d) {
        to[d / 16 * 32 + Mode::place(d % 16, s % 2)] = narrowed<Weight>(s == slot ? value[d] : 0.0f);
      }
    }
  }
}

inline void weigh_logits(const float* logits, float peak, float rate, int count, float* weights) {
  for (int i = 0; i < count; i += 16) {
    store(weights + i, exponential((load(logits + i) - vec(peak)) * vec(rate)));
  }
}

}  // namespace
