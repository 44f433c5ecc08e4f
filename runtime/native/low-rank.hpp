/** What an adapter adds to one row: its inputs to few values, and those to as many as there are outputs. */
#pragma once
#include "modes.hpp"

namespace {

PLINTH_INLINE float widened(float value) { return value; }
PLINTH_INLINE float widened(uint16_t bits) {
  const uint32_t word = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

template <class Mode>
void low_rank_down(const plinth::LowRank& low, int row, int panel) {
  const auto* input = static_cast<const typename Mode::Activation*>(low.input);
  const float* weights = low.down + static_cast<size_t>(panel) * low.columns * 16;
  Vec total = vec(0.0f);
  for (int k = 0; k < low.columns; k += 16) {
    const auto* from = input + Mode::at(row, k, low.inputs);
    for (int i = 0; i < 16; ++i) total = fused(vec(widened(from[i])), load(weights + (k + i) * 16), total);
  }
  store(low.inner + panel * 16, total);
}

inline void low_rank_up(const plinth::LowRank& low, int panel) {
  const float* weights = low.up + static_cast<size_t>(panel) * low.rank * 16;
  const float* inner = low.inner + low.part_of[panel] * low.rank;
  Vec total = vec(0.0f);
  for (int i = 0; i < low.rank; ++i) total = fused(vec(inner[i]), load(weights + i * 16), total);
  store(low.added + panel * 16, total * vec(low.scale));
}

}  // namespace
