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

/** 16 columns of weights that are not quantised: one group without scales. */
template <class Mode>
struct PlainPanel {
  struct NoScales {};
  const typename Mode::Weight* weights;

  PLINTH_INLINE NoScales group_scales(int) const { return {}; }
  PLINTH_INLINE typename Mode::Pair pair(int index, NoScales) const {
    const auto* from = weights + static_cast<size_t>(index) * 32;
    // Rows of activations that are read beside them keep the processor from fetching weights by itself.
    __builtin_prefetch(from + 1024);
    return Mode::pair(from);
  }
};

/** What a tile multiplies: inputs from `first` to `last` of `count` rows from `row` on. */
struct TileRange {
  int row, count, first, last, group;
};

/**
 * Goes on with the sums of `rows` rows and of `columns` panels; where there are fewer rows, the last one is
 * computed again. Several sums are taken together because each waits for its last one.
 */
template <class Mode, int rows, int columns, class Panel>
PLINTH_INLINE void vector_tile(
    const plinth::Gemm& gemm, const TileRange& range, const Panel (&panels)[columns], float* sums) {
  const typename Mode::Activation* inputs[rows];
  Vec total[rows][columns];
  for (int r = 0; r < rows; ++r) {
    const int row = range.row + (r < range.count ? r : range.count - 1);
    inputs[r] = static_cast<const typename Mode::Activation*>(gemm.input) +
                static_cast<size_t>(row) * gemm.inputs + range.first;
    for (int c = 0; c < columns; ++c)
      total[r][c] = range.first == 0 ? vec(0.0f) : load(sums + r * 32 + c * 16);
  }
  const int count = range.last - range.first;
  for (int start = 0, group = 0; start < count; start += range.group, ++group) {
    decltype(panels[0].group_scales(0)) scales[columns];
    for (int c = 0; c < columns; ++c) scales[c] = panels[c].group_scales(group);
    for (int pair = start / 2; pair < (start + range.group) / 2; ++pair) {
      _Pragma("GCC unroll 4") for (int c = 0; c < columns; ++c) {
        const auto both = panels[c].pair(pair, scales[c]);
        _Pragma("GCC unroll 8") for (int r = 0; r < rows; ++r)
          total[r][c] = Mode::dot(total[r][c], inputs[r] + 2 * pair, both);
      }
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) store(sums + r * 32 + c * 16, total[r][c]);
  }
}

/** Rows that fit the registers at once, and those that share what a panel is expanded to. */
constexpr int vector_rows = lanes == 16 ? 8 : 4;
constexpr int rows_of_room = 64;

/** All rows of one tile and all inputs of one unit, panel by panel or both at once. */
template <class Mode, int rows, class PanelOf>
PLINTH_INLINE void tile_unit(const plinth::Gemm& gemm, int group, int unit, const PanelOf& panel_of) {
  alignas(64) float sums[rows * 32];
  const TileRange range = {0, gemm.rows, 0, gemm.inputs, group};
  if constexpr (rows * parts <= 4) {
    vector_tile<Mode, rows, 2>(gemm, range, {panel_of(unit * 2), panel_of(unit * 2 + 1)}, sums);
  } else {
    vector_tile<Mode, rows, 1>(gemm, range, {panel_of(unit * 2)}, sums);
    vector_tile<Mode, rows, 1>(gemm, range, {panel_of(unit * 2 + 1)}, sums + 16);
  }
  finish_rows<Mode>(gemm, 0, gemm.rows, unit, sums);
}

/** Few rows: weights go through the registers alone. */
template <class Mode, class PanelOf>
void multiply_few(
    const plinth::Gemm& gemm, int group, int first_unit, int last_unit, const PanelOf& panel_of) {
  for (int unit = first_unit; unit < last_unit; ++unit) {
    if (gemm.rows == 1)
      tile_unit<Mode, 1>(gemm, group, unit, panel_of);
    else if (gemm.rows <= 4)
      tile_unit<Mode, 4>(gemm, group, unit, panel_of);
    else
      tile_unit<Mode, vector_rows>(gemm, group, unit, panel_of);
  }
}

/** Rows from `row` to `end` with the same 16 columns of the same inputs. */
template <class Mode>
PLINTH_INLINE void tile_rows(
    const plinth::Gemm& gemm, TileRange range, int end, const PlainPanel<Mode>& panel, float* sums) {
  for (; range.row < end; range.row += vector_rows, sums += vector_rows * 32) {
    range.count = end - range.row;
    range.group = range.last - range.first;
    if (range.count <= vector_rows / 2)
      vector_tile<Mode, vector_rows / 2, 1>(gemm, range, {panel}, sums);
    else
      vector_tile<Mode, vector_rows, 1>(gemm, range, {panel}, sums);
  }
}

/** Many rows: what the first of them read stays in the first cache for the others. */
template <class Mode>
void multiply_many(const plinth::Gemm& gemm, int unit) {
  using Weight = typename Mode::Weight;
  alignas(64) float all_sums[(rows_of_room + vector_rows) * 32];
  alignas(64) uint16_t room[inputs_together * 16];
  for (int start = 0; start < gemm.rows; start += rows_of_room) {
    const int end = start + rows_of_room < gemm.rows ? start + rows_of_room : gemm.rows;
    for (int first = 0, last; first < gemm.inputs; first = last) {
      last = end_of_inputs(gemm, first);
      for (int panel = unit * 2; panel < unit * 2 + 2; ++panel) {
        float* sums = all_sums + panel % 2 * 16;
        TileRange range = {start, end - start, first, last, last - first};
        if constexpr (sizeof(Weight) == 2) {
          if (gemm.bits != 0) {
            range.group = gemm.group < range.group ? gemm.group : range.group;
            with_form(gemm, [&](auto form) {
              const KeptPanel<Mode, decltype(form)> kept(gemm, panel, first, room);
              vector_tile<Mode, vector_rows, 1>(gemm, range, {kept}, sums);
            });
            range.row += vector_rows;
            tile_rows<Mode>(gemm, range, end, {room}, sums + vector_rows * 32);
            continue;
          }
        }
        const auto* weights = static_cast<const Weight*>(gemm.weights);
        tile_rows<Mode>(
            gemm, range, end, {weights + (static_cast<size_t>(panel) * gemm.inputs + first) * 16}, sums);
      }
    }
    finish_rows<Mode>(gemm, start, end - start, unit, all_sums);
  }
}

template <class Mode>
void vector_gemm(const plinth::Gemm& gemm, int first_unit, int last_unit) {
  if (gemm.rows > vector_rows) {
    for (int unit = first_unit; unit < last_unit; ++unit) multiply_many<Mode>(gemm, unit);
    return;
  }
  using Weight = typename Mode::Weight;
  if constexpr (sizeof(Weight) == 2) {
    if (gemm.bits != 0)
      return with_form(gemm, [&](auto form) {
        multiply_few<Mode>(gemm, gemm.group, first_unit, last_unit, [&](int panel) {
          return QuantisedPanel<Mode, decltype(form)>(gemm, panel, 0);
        });
      });
  }
  multiply_few<Mode>(gemm, gemm.inputs, first_unit, last_unit, [&](int panel) {
    const auto* weights = static_cast<const Weight*>(gemm.weights);
    return PlainPanel<Mode>{weights + static_cast<size_t>(panel) * gemm.inputs * 16};
  });
}

}  // namespace
