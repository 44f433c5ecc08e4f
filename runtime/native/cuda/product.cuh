/**
 * Rows times weights on tensor cores: weights are the tiles' rows, so that few rows of input waste little.
 * Both kernels sum each segment of inputs by itself and add the segments in order: a row's outputs are the
 * same bit for bit, whichever kernel computes them and whoever else is in the step. What lies in memory is a
 * form's matter; each gives the same fragments of bfloat16.
 */
#pragma once
#include "few-rows.cuh"

namespace plinth::cuda {

namespace {

/** A block of many rows: 128 outputs times 128 rows; each warp has 64 times 32 of them. */
constexpr int block_tiles = 8, block_columns = 16, warp_tiles = 4, warp_columns = 4;
constexpr int stages = 4, tile_words = 64;

/** Of the block's memory, in units of 16 bytes. */
template <class Form>
struct Stage {
  static constexpr int pieces = block_tiles / 2 * Form::unit_pieces;
  static constexpr int weights = pieces * Form::piece_words, inputs = block_columns * 32;
  static constexpr int words = weights + inputs;
  /** Two groups expanded: one that is multiplied, and the next one. */
  static constexpr int expanded = Form::is_expanded ? block_tiles * tile_words : 0;
  static constexpr size_t bytes = static_cast<size_t>(stages * words + 2 * expanded) * 16;
};

/** Of a group, by a thread: 16 bytes each, of rows and of weights. */
constexpr int copied_rows = block_columns * 32 / threads;
template <class Form>
constexpr int copied_weights = (Stage<Form>::weights + threads - 1) / threads;

/** Copies the block's weights and rows, group after group; a lane's 16 bytes lie beside its neighbour's. */
template <class Form>
class Copies {
 public:
  __device__ __forceinline__ Copies(const Product& args, const Span& span) {
    const auto* weights = reinterpret_cast<const uint4*>(args.weights);
    const int pieces = args.units * Form::unit_pieces;
#pragma unroll
    for (int i = 0; i < copied_weights<Form>; ++i) {
      const int at = static_cast<int>(threadIdx.x) + i * threads;
      const int first = static_cast<int>(blockIdx.x) * Stage<Form>::pieces;
      const size_t piece = min(first + at / Form::piece_words, pieces - 1);
      weights_[i] = weights + piece * args.groups * Form::piece_words + at % Form::piece_words;
    }
#pragma unroll
    for (int i = 0; i < copied_rows; ++i) {
      const int at = static_cast<int>(threadIdx.x) + i * threads;
      rows_[i] = span.input(args, span.first + at / 4) + at % 4 * 8;
    }
  }

  /** Begins to copy the next group. */
  __device__ __forceinline__ void advance(uint4* stage) {
#pragma unroll
    for (int i = 0; i < copied_weights<Form>; ++i) {
      const int at = static_cast<int>(threadIdx.x) + i * threads;
      if (Stage<Form>::weights % threads == 0 || at < Stage<Form>::weights)
        copy_later(stage + at, weights_[i]);
      weights_[i] += Form::piece_words;
    }
#pragma unroll
    for (int i = 0; i < copied_rows; ++i) {
      copy_later(stage + Stage<Form>::weights + threadIdx.x + i * threads, rows_[i]);
      rows_[i] += group_inputs;
    }
  }

 private:
  const uint4* weights_[copied_weights<Form>];
  const uint16_t* rows_[copied_rows];
};

/** Nothing is to be done with weights that are copied as they are. */
template <class Form, bool is_expanded = Form::is_expanded>
struct BlockWeights {
  static constexpr int ahead = 0;
  __device__ __forceinline__ explicit BlockWeights(const Product&) {}
  __device__ __forceinline__ void begin(uint4*) {}
  __device__ __forceinline__ void advance(int, uint4*) {}
  __device__ __forceinline__ const uint4* weights(int group, const uint4* memory) const {
    return memory + group % stages * Stage<Form>::words;
  }
};

template <class Form>
__global__ void __launch_bounds__(threads) many_rows(Product args) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int first_tile = warp % 2 * warp_tiles, first_column = warp / 2 * warp_columns;
  const Span span = take_rows<Form>(args, block_columns * 8);
  if (span.first >= span.end) return;
  Copies<Form> copies(args, span);
  float totals[warp_tiles][warp_columns][4] = {}, sums[warp_tiles][warp_columns][4] = {};
  auto* memory = reinterpret_cast<uint4*>(block_memory);
  BlockWeights<Form> block(args);
  for (int group = 0; group < stages - 1; ++group) {
    if (group < args.groups) copies.advance(memory + group * Stage<Form>::words);
    close_copies();
  }
  block.begin(memory);
  for (int group = 0; group < args.groups; ++group) {
    await_copies<stages - 2 - BlockWeights<Form>::ahead>();
    __syncthreads();
    const int next = group + stages - 1;
    if (next < args.groups) copies.advance(memory + next % stages * Stage<Form>::words);
    close_copies();
    block.advance(group, memory);
    const uint4* weights = block.weights(group, memory);
    const uint4* inputs = memory + group % stages * Stage<Form>::words + Stage<Form>::weights;
    uint4 column[warp_columns];
    for (int c = 0; c < warp_columns; ++c) column[c] = inputs[(first_column + c) * 32 + lane];
    for (int t = 0; t < warp_tiles; ++t) {
      const uint4 upper = weights[(first_tile + t) * tile_words + lane];
      const uint4 lower = weights[(first_tile + t) * tile_words + 32 + lane];
      for (int c = 0; c < warp_columns; ++c) multiply_group(sums[t][c], upper, lower, column[c]);
    }
    if ((group + 1) % segment_groups != 0 && group + 1 != args.groups) continue;
    for (int t = 0; t < warp_tiles; ++t)
      for (int c = 0; c < warp_columns; ++c)
        for (int value = 0; value < 4; ++value) {
          totals[t][c][value] += sums[t][c][value];
          sums[t][c][value] = 0.0f;
        }
  }
// Else sums lie in memory, from which they are chosen by what only a running loop knows.
#pragma unroll
  for (int t = 0; t < warp_tiles; t += 2)
#pragma unroll
    for (int c = 0; c < warp_columns; ++c)
#pragma unroll
      for (int value = 0; value < 4; ++value) {
        const int unit = (static_cast<int>(blockIdx.x) * block_tiles + first_tile + t) / 2;
        const int row = span.first + (first_column + c) * 8 + column_of(lane, value);
        const float first = totals[t][c][value], second = totals[t + 1][c][value];
        finish(args, span, unit, output_of(lane, value), row, first, second);
      }
}

template <class Form>
void launch_product(const Product& args, cudaStream_t stream) {
  if (args.rows <= few_rows_max) return launch_few<Form>(args, stream);
  const unsigned columns = (args.rows + block_columns * 8 - 1) / (block_columns * 8);
  const unsigned units = (args.units * 2 + block_tiles - 1) / block_tiles;
  const dim3 grid(units, args.parts ? args.part_count : columns, 1);
  launch(many_rows<Form>, grid, threads, Stage<Form>::bytes, stream, args);
}

/** Lets its kernels use the shared memory that they ask for; once for a device. */
template <class Form>
void prepare_form() {
  prepare_few<Form>();
  allow_shared(many_rows<Form>, Stage<Form>::bytes);
}

}  // namespace

}  // namespace plinth::cuda
