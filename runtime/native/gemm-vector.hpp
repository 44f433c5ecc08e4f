/** Rows times weights on vectors, and what every path does with the sums. */
#pragma once
#include "quantised.hpp"

namespace {

/** Gelu by its tanh form is x times the sigmoid of this: twice sqrt(2 / pi) * (x + 0.044715 x^3). */
PLINTH_INLINE Vec gelu_argument(Vec x) {
  return x * (vec(1.59576912f) + vec(0.0713548163f) * x * x);
}

/** `sums`: the unit's first 16 columns of each row, then its other 16; rows are 32 values apart. */
template <class Mode>
PLINTH_INLINE void finish_rows(const plinth::Gemm& gemm, int row, int rows, int unit, const float* sums) {
  using plinth::Finish;
  for (int r = 0; r < rows; ++r) {
    Vec left = load(sums + r * 32), right = load(sums + r * 32 + 16);
    if (gemm.added && gemm.is_added[row + r]) {
      const float* more = gemm.added + static_cast<size_t>(row + r) * gemm.added_stride + unit * 32;
      left = left + load(more);
      right = right + load(more + 16);
    }
    if (gemm.finish == Finish::gate_silu || gemm.finish == Finish::gate_gelu) {
      auto* to = static_cast<typename Mode::Activation*>(gemm.output);
      const Vec bent = gemm.finish == Finish::gate_gelu ? gelu_argument(left) : left;
      const Vec gate = left / (vec(1.0f) + exponential(vec(0.0f) - bent));
      store(to + Mode::at(row + r, unit * 16, gemm.output_stride), gate * right);
      continue;
    }
    if (gemm.bias) {
      left = left + load(gemm.bias + unit * 32);
      right = right + load(gemm.bias + unit * 32 + 16);
    }
    float* to =
        static_cast<float*>(gemm.output) + static_cast<size_t>(row + r) * gemm.output_stride + unit * 32;
    if (gemm.finish == Finish::add) {
      left = left + load(to);
      right = right + load(to + 16);
    }
    store(to, left);
    store(to + 16, right);
  }
}

/** `panels`: both of one unit. */
template <class Mode, int rows>
PLINTH_INLINE void vector_tile(
    const plinth::Gemm& gemm, int row, const typename Mode::Weight* panels, float* sums) {
  using Activation = typename Mode::Activation;
  const int pairs = gemm.inputs / 2;
  const auto* input = static_cast<const Activation*>(gemm.input) + static_cast<size_t>(row) * gemm.inputs;
  for (int half = 0; half < 2; ++half) {
    const auto* weights = panels + static_cast<size_t>(half) * pairs * 32;
    Vec total[rows];
    for (int r = 0; r < rows; ++r) total[r] = vec(0.0f);
    for (int pair = 0; pair < pairs; ++pair) {
      const auto both = Mode::pair(weights + static_cast<size_t>(pair) * 32);
      _Pragma("GCC unroll 16") for (int r = 0; r < rows; ++r) {
        total[r] = Mode::dot(total[r], input + static_cast<size_t>(r) * gemm.inputs + 2 * pair, both);
      }
    }
    for (int r = 0; r < rows; ++r) store(sums + r * 32 + half * 16, total[r]);
  }
}

/** Rows that fit the registers at once. */
constexpr int vector_rows = lanes == 16 ? 8 : 4;

template <class Mode>
PLINTH_INLINE void vector_unit(const plinth::Gemm& gemm, int unit, const typename Mode::Weight* panels) {
  alignas(64) float sums[vector_rows * 32];
  int row = 0;
  for (; row + vector_rows <= gemm.rows; row += vector_rows) {
    vector_tile<Mode, vector_rows>(gemm, row, panels, sums);
    finish_rows<Mode>(gemm, row, vector_rows, unit, sums);
  }
  for (; row < gemm.rows; ++row) {
    vector_tile<Mode, 1>(gemm, row, panels, sums);
    finish_rows<Mode>(gemm, row, 1, unit, sums);
  }
}

/** Several rows share what a unit is expanded to; one takes it as it comes. */
template <class Mode>
void quantised_gemm(const plinth::Gemm& gemm, int first_unit, int last_unit) {
  alignas(64) float sums[32];
  for (int unit = first_unit; unit < last_unit; ++unit) {
    if (gemm.rows > 1) {
      vector_unit<Mode>(gemm, unit, expanded_unit<Mode>(gemm, unit));
      continue;
    }
    with_form(gemm, [&](auto form) { quantised_row<Mode, decltype(form)>(gemm, unit, sums); });
    finish_rows<Mode>(gemm, 0, 1, unit, sums);
  }
}

template <class Mode>
void vector_gemm(const plinth::Gemm& gemm, int first_unit, int last_unit) {
  using Weight = typename Mode::Weight;
  if constexpr (sizeof(Weight) == 2) {
    if (gemm.bits != 0) return quantised_gemm<Mode>(gemm, first_unit, last_unit);
  }
  const size_t unit_values = static_cast<size_t>(gemm.inputs) * 32;
  for (int unit = first_unit; unit < last_unit; ++unit)
    vector_unit<Mode>(gemm, unit, static_cast<const Weight*>(gemm.weights) + unit_values * unit);
}

}  // namespace
