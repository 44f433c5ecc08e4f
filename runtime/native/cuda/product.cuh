/**
 * Rows times weights on tensor cores: weights are the tiles' rows, so that few rows of input waste little.
 * Both kernels sum each segment of inputs by itself and add the segments in order: a row's outputs are the
 * same bit for bit, whichever kernel computes them and whoever else is in the step. What lies in memory is a
 * form's matter; each gives the same fragments of bfloat16.
 */
#pragma once
#include "layouts.hpp"
#include "span.cuh"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int threads = 256, warps = threads / 32;

/** Weights that are bfloat16 already. */
struct Plain {
  /** What is copied of a group of inputs lies together in pieces of a tile, or of a unit. */
  static constexpr int unit_pieces = 2;
  /** Of a piece, of 16 bytes each. */
  static constexpr int piece_words = 64;
  /** Many rows find it beside what was copied, expanded once for a block. */
  static constexpr bool is_expanded = false;

  /** One lane's weights of a unit, group after group from `begin` on. */
  class Reader {
   public:
    __device__ __forceinline__ Reader(const Product& args, int unit, int lane, int) : lane_(lane) {
      const auto* weights = reinterpret_cast<const uint4*>(args.weights);
      const size_t tile_words = static_cast<size_t>(args.groups) * piece_words;
      for (int tile = 0; tile < 2; ++tile) tiles_[tile] = weights + tile_words * (unit * 2 + tile);
    }
    /** By tile, and then its upper and its lower outputs. */
    __device__ __forceinline__ void read(int group, uint4 (&halves)[2][2]) {
      for (int tile = 0; tile < 2; ++tile)
        for (int half = 0; half < 2; ++half)
          halves[tile][half] = tiles_[tile][(group * 2 + half) * 32 + lane_];
    }

   private:
    const uint4* tiles_[2];
    int lane_;
  };
};

/** Where a lane's value of a tile belongs. */
__device__ __forceinline__ int output_of(int lane, int value) { return lane / 4 + (value >= 2 ? 8 : 0); }
__device__ __forceinline__ int column_of(int lane, int value) { return lane % 4 * 2 + value % 2; }

/** One group of one tile: its upper and its lower outputs, against one column of eight rows. */
__device__ __forceinline__ void multiply_group(float (&sum)[4], uint4 upper, uint4 lower, uint4 column) {
  const uint32_t first[4] = {upper.x, lower.x, upper.y, lower.y};
  const uint32_t second[4] = {upper.z, lower.z, upper.w, lower.w};
  multiply_tile(sum, first, column.x, column.y);
  multiply_tile(sum, second, column.z, column.w);
}

/** A block has a unit, and each of its warps every eighth segment: weights are streamed once. */
template <class Form, int columns>
__global__ void __launch_bounds__(threads) few_rows(Product args) {
  const int unit = blockIdx.x, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int segments = (args.groups + segment_groups - 1) / segment_groups;
  const Span span = take_rows<Form>(args, columns * 8);
  if (span.first >= span.end) return;
  const uint16_t* rows[columns];
  for (int column = 0; column < columns; ++column)
    rows[column] = span.input(args, span.first + column * 8 + lane / 4);
  auto* shared = reinterpret_cast<float*>(block_memory);
  constexpr int values = columns * 4 * 2 * 32, pairs = (columns + 1) / 2;
  float totals[pairs][2] = {};
  for (int round = 0; round < segments; round += warps) {
    const int segment = round + warp, begin = segment * segment_groups;
    const int end = min(begin + segment_groups, args.groups);
    float sums[2][columns][4] = {};
    typename Form::Reader reader(args, unit, lane, begin);
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      uint4 halves[2][2];
      reader.read(group, halves);
      for (int column = 0; column < columns; ++column) {
        const int at = group * group_inputs + lane % 4 * 8;
        const uint4 input = *reinterpret_cast<const uint4*>(rows[column] + at);
        for (int tile = 0; tile < 2; ++tile)
          multiply_group(sums[tile][column], halves[tile][0], halves[tile][1], input);
      }
    }
    float* own = shared + warp * values;
    for (int column = 0; column < columns; ++column)
      for (int value = 0; value < 4; ++value)
        for (int tile = 0; tile < 2; ++tile)
          own[((column * 4 + value) * 2 + tile) * 32 + lane] = sums[tile][column][value];
    __syncthreads();
    const int ready = min(warps, segments - round);
    for (int i = 0; i < pairs; ++i) {
      const int at = (i * threads + threadIdx.x) / 32;
      if (at >= columns * 4) break;
      for (int from = 0; from < ready; ++from)
        for (int tile = 0; tile < 2; ++tile)
          totals[i][tile] += shared[from * values + (at * 2 + tile) * 32 + lane];
    }
    __syncthreads();
  }
  for (int i = 0; i < pairs; ++i) {
    const int at = (i * threads + threadIdx.x) / 32;
    if (at >= columns * 4) break;
    const int row = span.first + at / 4 * 8 + column_of(lane, at % 4);
    finish(args, span, unit, output_of(lane, at % 4), row, totals[i][0], totals[i][1]);
  }
}

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

template <int columns>
constexpr size_t few_rows_bytes = static_cast<size_t>(warps) * columns * 4 * 2 * 32 * sizeof(float);

template <class Form, int columns>
void launch_few(const Product& args, cudaStream_t stream) {
  const dim3 grid(args.units, args.parts ? args.part_count : 1, 1);
  launch(few_rows<Form, columns>, grid, threads, few_rows_bytes<columns>, stream, args);
}

template <class Form>
void launch_product(const Product& args, cudaStream_t stream) {
  if (args.rows <= 8) return launch_few<Form, 1>(args, stream);
  if (args.rows <= 16) return launch_few<Form, 2>(args, stream);
  if (args.rows <= 32) return launch_few<Form, 4>(args, stream);
  if (args.rows <= 64) return launch_few<Form, 8>(args, stream);
  const unsigned columns = (args.rows + block_columns * 8 - 1) / (block_columns * 8);
  const unsigned units = (args.units * 2 + block_tiles - 1) / block_tiles;
  const dim3 grid(units, args.parts ? args.part_count : columns, 1);
  launch(many_rows<Form>, grid, threads, Stage<Form>::bytes, stream, args);
}

template <class Kernel>
void allow_shared(Kernel kernel, size_t bytes) {
  require(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
      "a kernel cannot have its shared memory");
}

/** Lets its kernels use the shared memory that they ask for; once for a device. */
template <class Form>
void prepare_product() {
  allow_shared(few_rows<Form, 8>, few_rows_bytes<8>);
  allow_shared(many_rows<Form>, Stage<Form>::bytes);
}

}  // namespace

}  // namespace plinth::cuda
