/** Rows times weights on tiles: 32 rows by 32 columns at a time. */
#pragma once
#include "gemm-vector.hpp"
#include "tiles.hpp"

namespace {

/** Rows of activations that go through all units together: as many as the second cache keeps meanwhile. */
constexpr int rows_together_max = 512;
constexpr int rows_together_min = 128;
constexpr int cached_values = 1 << 19;
/** Some inputs of 16 or 32 rows, and of both panels of a unit. */
struct TileInputs {
  const uint16_t *upper, *lower, *left, *right;
  int count;
  bool is_first;
};

/** Goes on with the sums of these rows. */
template <bool is_double>
PLINTH_INLINE void multiply_tiles(const TileInputs& from, float* sums) {
  if (from.is_first) {
    _tile_zero(0);
    _tile_zero(1);
    if (is_double) _tile_zero(2);
    if (is_double) _tile_zero(3);
  } else {
    _tile_loadd(0, sums, 128);
    _tile_loadd(1, sums + 16, 128);
    if (is_double) _tile_loadd(2, sums + 16 * 32, 128);
    if (is_double) _tile_loadd(3, sums + 16 * 32 + 16, 128);
  }
  for (int k = 0; k < from.count; k += 32) {
    _tile_loadd(4, from.upper + k * 16, 64);
    _tile_loadd(6, from.left + k * 16, 64);
    _tile_loadd(7, from.right + k * 16, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (is_double) {
      _tile_loadd(5, from.lower + k * 16, 64);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, 128);
  _tile_stored(1, sums + 16, 128);
  if (is_double) _tile_stored(2, sums + 16 * 32, 128);
  if (is_double) _tile_stored(3, sums + 16 * 32 + 16, 128);
}

/** One unit's columns of the rows from `start` to `end`. Sums that are put away and taken up again are the
 * same. */
PLINTH_INLINE void multiply_unit(const plinth::Gemm& gemm, int start, int end, int unit, float* sums) {
  alignas(64) uint16_t room[2][inputs_together * 16];
  const auto* input = static_cast<const uint16_t*>(gemm.input);
  const size_t panel = static_cast<size_t>(gemm.inputs) * 16;
  const auto* weights = static_cast<const uint16_t*>(gemm.weights) + panel * 2 * unit;
  const bool is_whole = gemm.bits == 0 && end - start <= 32;
  for (int first = 0, last; first < gemm.inputs; first = last) {
    last = is_whole ? gemm.inputs : end_of_inputs(gemm, first);
    const size_t at = static_cast<size_t>(first) * 16;
    TileInputs from = {nullptr, nullptr, weights + at, weights + panel + at, last - first, first == 0};
    if (gemm.bits != 0) {
      expand_panel<Tiled>(gemm, unit * 2, first, last, room[0]);
      expand_panel<Tiled>(gemm, unit * 2 + 1, first, last, room[1]);
      from.left = room[0];
      from.right = room[1];
    }
    // What was expanded was stored by vectors.
    fence();
    for (int row = start; row < end; row += 32) {
      from.upper = input + static_cast<size_t>(row) * gemm.inputs + at;
      from.lower = from.upper + panel;
      float* to = sums + (row - start) * 32;
      if (end - row > 16)
        multiply_tiles<true>(from, to);
      else
        multiply_tiles<false>(from, to);
    }
  }
  finish_rows<Tiled>(gemm, start, end - start, unit, sums);
}

inline void tile_gemm(const plinth::Gemm& gemm, int first_unit, int last_unit) {
  alignas(64) static thread_local float sums[rows_together_max * 32];
  TileShapes shapes;
  for (int tile = 0; tile < 8; ++tile) shapes.set(tile, 16, 64);
  shapes.use();
  fence();
  int together = cached_values / gemm.inputs / 32 * 32;
  together = together > rows_together_max ? rows_together_max : together;
  together = together < rows_together_min ? rows_together_min : together;
  for (int start = 0; start < gemm.rows; start += together) {
    const int end = start + together < gemm.rows ? start + together : gemm.rows;
    for (int unit = first_unit; unit < last_unit; ++unit) multiply_unit(gemm, start, end, unit, sums);
  }
  _tile_release();
}

}  // namespace
