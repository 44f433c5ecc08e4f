/** Attention on tiles: 16 rows by 16 positions at a time, the softmax between them on vectors. */
#pragma once
#include "attention-vector.hpp"
#include "tiles.hpp"

namespace {

/** Tiles 0 to 3 are sums; 4 and 6 take 32 values of a row, 5 and 7 take 16. */
PLINTH_INLINE void shape_attention() {
  TileShapes shapes;
  for (int tile = 0; tile < 4; ++tile) shapes.set(tile, 16, 64);
  shapes.set(4, 16, 64);
  shapes.set(6, 16, 64);
  shapes.set(5, 16, 32);
  shapes.set(7, 8, 64);
  shapes.use();
}

PLINTH_INLINE void score_tile(const uint16_t* queries, const uint16_t* keys, int values, float* scores) {
  _tile_zero(0);
  int d = 0;
  for (; d + 32 <= values; d += 32) {
    _tile_loadd(4, queries + d, values * 2);
    _tile_loadd(6, keys + d * 16, 64);
    _tile_dpbf16ps(0, 4, 6);
  }
  if (d < values) {
    _tile_loadd(5, queries + d, values * 2);
    _tile_loadd(7, keys + d * 16, 64);
    _tile_dpbf16ps(0, 5, 7);
  }
  _tile_stored(0, scores, span_tokens * 4);
}

/** Adds the values of a span to the sums, from column `d` on: `tiles` times 16 columns. */
template <int tiles>
PLINTH_INLINE void gather_tiles(
    AttentionScratch<Tiled>& at, const uint16_t* const* values_of, int blocks, int values, int d) {
  constexpr size_t stride = head_values_max * 4;
  float* sums = at.sums[0] + d;
  _tile_loadd(0, sums, stride);
  if (tiles > 1) _tile_loadd(1, sums + 16, stride);
  if (tiles > 2) _tile_loadd(2, sums + 32, stride);
  if (tiles > 3) _tile_loadd(3, sums + 48, stride);
  for (int b = 0; b < blocks; ++b) {
    const uint16_t* from = values_of[b] + d * 2;
    _tile_loadd(5, at.weights[0] + b * 16, span_tokens * 2);
    _tile_loadd(7, from, values * 4);
    _tile_dpbf16ps(0, 5, 7);
    if (tiles > 1) {
      _tile_loadd(7, from + 32, values * 4);
      _tile_dpbf16ps(1, 5, 7);
    }
    if (tiles > 2) {
      _tile_loadd(7, from + 64, values * 4);
      _tile_dpbf16ps(2, 5, 7);
    }
    if (tiles > 3) {
      _tile_loadd(7, from + 96, values * 4);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, stride);
  if (tiles > 1) _tile_stored(1, sums + 16, stride);
  if (tiles > 2) _tile_stored(2, sums + 32, stride);
  if (tiles > 3) _tile_stored(3, sums + 48, stride);
}

inline void tile_attention(const plinth::Attention& args, const plinth::AttentionItem& item) {
  static thread_local AttentionScratch<Tiled> at;
  const Standing stand = standing(args, item);
  const int values = args.head_values, limit = stand.of(item.rows - 1) + 1;
  const uint16_t* queries = query_of<Tiled>(args, item, 0);
  const uint16_t* values_of[span_blocks];
  begin_rows(at, item.rows, values);
  shape_attention();
  for (int start = first_span(args, stand); start < limit; start += span_tokens) {
    const int tokens = limit - start < span_tokens ? limit - start : span_tokens;
    const int blocks = (tokens + plinth::block_tokens - 1) / plinth::block_tokens;
    fence();
    for (int b = 0; b < blocks; ++b) {
      const uint16_t* keys = block_of<Tiled>(args, item, start / plinth::block_tokens + b);
      values_of[b] = keys + static_cast<size_t>(values) * plinth::block_tokens;
      score_tile(queries, keys, values, at.scores[0] + b * 16);
    }
    fence();
    soften<Tiled>(at, args, stand, start, blocks);
    fence();
    int d = 0;
    for (; d + 64 <= values; d += 64) gather_tiles<4>(at, values_of, blocks, values, d);
    for (; d < values; d += 16) gather_tiles<1>(at, values_of, blocks, values, d);
    fence();
  }
  _tile_release();
  write_rows(at, args, item);
}

}  // namespace
