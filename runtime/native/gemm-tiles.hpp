/** Rows times weights on tiles: 32 rows by 32 columns at a time. */
#pragma once
#include "gemm-vector.hpp"
#include "tiles.hpp"

namespace {

/** Rows of activations that are taken through all weights together: they stay in the cache meanwhile. */
constexpr int rows_together = 256;

template <bool is_double>
PLINTH_INLINE void multiply_tiles(const uint16_t* input, const uint16_t* left, const uint16_t* right, int inputs,
                                  float* sums) {
  const size_t stride = static_cast<size_t>(inputs) * 2;
  const uint16_t* lower = input + static_cast<size_t>(inputs) * 16;
  _tile_zero(0);
  _tile_zero(1);
  if (is_double) {
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int k = 0; k < inputs; k += 32) {
    _tile_loadd(4, input + k, stride);
    _tile_loadd(6, left + k * 16, 64);
    _tile_loadd(7, right + k * 16, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (is_double) {
      _tile_loadd(5, lower + k, stride);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, 128);
  _tile_stored(1, sums + 16, 128);
  if (is_double) {
    _tile_stored(2, sums + 16 * 32, 128);
    _tile_stored(3, sums + 16 * 32 + 16, 128);
  }
}

inline void tile_gemm(const plinth::Gemm& gemm, int first_unit, int last_unit) {
  alignas(64) float sums[32 * 32];
  TileShapes shapes;
  for (int tile = 0; tile < 8; ++tile) shapes.set(tile, 16, 64);
  shapes.use();
  fence();
  const auto* weights = static_cast<const uint16_t*>(gemm.weights);
  const auto* input = static_cast<const uint16_t*>(gemm.input);
  const size_t panel = static_cast<size_t>(gemm.inputs) * 16;
  for (int start = 0; start < gemm.rows; start += rows_together) {
    const int end = start + rows_together < gemm.rows ? start + rows_together : gemm.rows;
    for (int unit = first_unit; unit < last_unit; ++unit) {
      const uint16_t* left = weights + panel * 2 * unit;
      for (int row = start; row < end; row += 32) {
        const int rows = end - row < 32 ? end - row : 32;
        const uint16_t* from = input + static_cast<size_t>(row) * gemm.inputs;
        if (rows > 16) multiply_tiles<true>(from, left, left + panel, gemm.inputs, sums);
        else multiply_tiles<false>(from, left, left + panel, gemm.inputs, sums);
        finish_rows<Short>(gemm, row, rows, unit, sums);
      }
    }
  }
  _tile_release();
}

}  // namespace
