/**
 * Attention on vectors, and the softmax that every path shares. Positions are taken 256 at a time, counted
 * from the beginning of the sequence: a row's sums have one order, whichever rows are computed beside it.
 */
#pragma once
#include "modes.hpp"

namespace {

constexpr int span_tokens = 256;
constexpr int span_blocks = span_tokens / plinth::block_tokens;
constexpr int head_values_max = 256;

template <class Mode>
struct AttentionScratch {
  alignas(64) float scores[plinth::tile_rows][span_tokens];
  alignas(64) typename Mode::Activation weights[plinth::tile_rows][span_tokens];
  alignas(64) float sums[plinth::tile_rows][head_values_max];
  float peak[plinth::tile_rows];
  float total[plinth::tile_rows];
};

/** Where the rows of an item stand. */
struct Standing {
  int position;
  int rows;
  int group;
  int first;
  /** The last position that row r sees. */
  PLINTH_INLINE int of(int r) const { return position + (first + r) / group; }
};

PLINTH_INLINE Standing standing(const plinth::Attention& args, const plinth::AttentionItem& item) {
  const int count = args.query_start[item.sequence + 1] - args.query_start[item.sequence];
  return {args.context_length[item.sequence] - count, item.rows, args.group, item.first};
}

template <class Mode>
PLINTH_INLINE const typename Mode::Weight* block_of(
    const plinth::Attention& args, const plinth::AttentionItem& item, int index) {
  const int block = args.block_table[static_cast<size_t>(item.sequence) * args.blocks_per_sequence + index];
  const size_t head = static_cast<size_t>(args.head_values) * plinth::block_tokens * 2;
  return reinterpret_cast<const typename Mode::Weight*>(args.cache) +
         (static_cast<size_t>(block) * args.kv_heads + item.kv_head) * head;
}

template <class Mode>
PLINTH_INLINE const typename Mode::Activation* query_of(
    const plinth::Attention& args, const plinth::AttentionItem& item, int r) {
  const size_t token = static_cast<size_t>(item.kv_head) * args.tokens + args.query_start[item.sequence];
  return static_cast<const typename Mode::Activation*>(args.queries) +
         (token * args.group + item.first + r) * args.head_values;
}

/** Where the first span begins of which the item's first row, and so any of them, sees something. */
PLINTH_INLINE int first_span(const plinth::Attention& args, const Standing& stand) {
  const int first = stand.of(0) - args.window + 1;
  return first > 0 ? first / span_tokens * span_tokens : 0;
}

/** Turns the scores of a span into weights, and brings what was summed before to the new peak. */
template <class Mode>
PLINTH_INLINE void soften(
    AttentionScratch<Mode>& at, const plinth::Attention& args, const Standing& stand, int start, int blocks) {
  alignas(64) static const float offsets[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int r = 0; r < stand.rows; ++r) {
    const Vec nothing = vec(-INFINITY), limit = vec(static_cast<float>(stand.of(r) - start));
    const Vec least = vec(static_cast<float>(stand.of(r) - args.window + 1 - start));
    Vec high = nothing;
    for (int b = 0; b < blocks; ++b) {
      Vec score = load(at.scores[r] + b * 16) * vec(args.scale);
      if (args.cap > 0.0f) score = capped(score, args.cap);
      const Vec place = load(offsets) + vec(static_cast<float>(b * 16));
      PLINTH_EACH score.part[i] = place.part[i] <= limit.part[i] ? score.part[i] : nothing.part[i];
      PLINTH_EACH score.part[i] = place.part[i] >= least.part[i] ? score.part[i] : nothing.part[i];
      store(at.scores[r] + b * 16, score);
      high = larger(high, score);
    }
    const float before = at.peak[r], span = largest(high);
    at.peak[r] = before > span ? before : span;
    // A row whose window begins further on has seen nothing yet: all its weights are zero.
    const float peak = at.peak[r] == -INFINITY ? 0.0f : at.peak[r];
    Vec total = vec(0.0f);
    for (int b = 0; b < blocks; ++b) {
      const Vec weight = exponential(load(at.scores[r] + b * 16) - vec(peak));
      total = total + weight;
      store(at.weights[r] + b * 16, weight);
    }
    const Vec factor = exponential(vec(before - peak));
    float single[16];
    store(single, factor);
    at.total[r] = at.total[r] * single[0] + sum(total);
    if (single[0] == 1.0f) continue;
    for (int d = 0; d < args.head_values; d += 16) store(at.sums[r] + d, load(at.sums[r] + d) * factor);
  }
}

template <class Mode>
PLINTH_INLINE void begin_rows(AttentionScratch<Mode>& at, int rows, int values) {
  for (int r = 0; r < rows; ++r) {
    at.peak[r] = -INFINITY;
    at.total[r] = 0.0f;
    for (int d = 0; d < values; d += 16) store(at.sums[r] + d, vec(0.0f));
  }
}

template <class Mode>
PLINTH_INLINE void write_rows(
    AttentionScratch<Mode>& at, const plinth::Attention& args, const plinth::AttentionItem& item) {
  auto* output = static_cast<typename Mode::Activation*>(args.output);
  for (int r = 0; r < item.rows; ++r) {
    const int row = item.first + r;
    const size_t token = args.query_start[item.sequence] + row / args.group;
    const size_t head = static_cast<size_t>(item.kv_head) * args.group + row % args.group;
    const Vec share = vec(1.0f / at.total[r]);
    for (int d = 0; d < args.head_values; d += 16) {
      const size_t place = Mode::at(token, head * args.head_values + d, args.output_stride);
      store(output + place, load(at.sums[r] + d) * share);
    }
  }
}

template <class Mode, int rows>
PLINTH_INLINE void score_rows(
    AttentionScratch<Mode>& at, int r, int b, const typename Mode::Weight* keys,
    const typename Mode::Activation* queries, int values) {
  Vec total[rows];
  for (int j = 0; j < rows; ++j) total[j] = vec(0.0f);
  for (int pair = 0; pair < values / 2; ++pair) {
    const auto both = Mode::pair(keys + pair * 32);
    _Pragma("GCC unroll 4") for (int j = 0; j < rows; ++j) {
      total[j] = Mode::dot(total[j], queries + j * values + 2 * pair, both);
    }
  }
  for (int j = 0; j < rows; ++j) store(at.scores[r + j] + b * 16, total[j]);
}

template <class Mode, int rows>
PLINTH_INLINE void gather_rows(
    AttentionScratch<Mode>& at, int r, int b, const typename Mode::Weight* from, int values) {
  for (int d = 0; d < values; d += 16) {
    Vec total[rows];
    for (int j = 0; j < rows; ++j) total[j] = load(at.sums[r + j] + d);
    _Pragma("GCC unroll 8") for (int pair = 0; pair < plinth::block_tokens / 2; ++pair) {
      const auto both = Mode::pair(from + pair * values * 2 + d * 2);
      for (int j = 0; j < rows; ++j) {
        total[j] = Mode::dot(total[j], at.weights[r + j] + b * 16 + 2 * pair, both);
      }
    }
    for (int j = 0; j < rows; ++j) store(at.sums[r + j] + d, total[j]);
  }
}

template <class Mode>
void vector_attention(const plinth::Attention& args, const plinth::AttentionItem& item) {
  static thread_local AttentionScratch<Mode> at;
  const Standing stand = standing(args, item);
  const int values = args.head_values, limit = stand.of(item.rows - 1) + 1;
  begin_rows(at, item.rows, values);
  for (int start = first_span(args, stand); start < limit; start += span_tokens) {
    const int tokens = limit - start < span_tokens ? limit - start : span_tokens;
    const int blocks = (tokens + plinth::block_tokens - 1) / plinth::block_tokens;
    for (int b = 0; b < blocks; ++b) {
      const auto* keys = block_of<Mode>(args, item, start / plinth::block_tokens + b);
      int r = 0;
      for (; r + 4 <= item.rows; r += 4) {
        score_rows<Mode, 4>(at, r, b, keys, query_of<Mode>(args, item, r), values);
      }
      for (; r < item.rows; ++r) score_rows<Mode, 1>(at, r, b, keys, query_of<Mode>(args, item, r), values);
    }
    soften<Mode>(at, args, stand, start, blocks);
    for (int b = 0; b < blocks; ++b) {
      const auto* from = block_of<Mode>(args, item, start / plinth::block_tokens + b);
      from += static_cast<size_t>(values) * plinth::block_tokens;
      int r = 0;
      for (; r + 4 <= item.rows; r += 4) gather_rows<Mode, 4>(at, r, b, from, values);
      for (; r < item.rows; ++r) gather_rows<Mode, 1>(at, r, b, from, values);
    }
  }
  write_rows(at, args, item);
}

}  // namespace
