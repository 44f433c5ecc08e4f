/**
 * Many rows times weights of bfloat16, by two of Hopper's warpgroups: of a block's 128 outputs each has 64,
 * and both have all of its rows. A group of products is always under way while the next inputs are awaited,
 * and copied are those after them. Nothing is summed in segments: sums have the tensor cores' own order.
 */
#include <warpgroup.cuh>

#include "span.cuh"
#include "warpgroup-product.hpp"

namespace plinth::cuda {

namespace {

constexpr int threads = 256, warpgroup_threads = 128;
constexpr int block_outputs = 128, block_units = block_outputs / unit_outputs, warpgroup_outputs = 64;
/** Inputs of a step are a line of 128 bytes, as long as a swizzle: two groups, eight words of 16 bytes. */
constexpr int step_groups = 2, line_words = 8, word_values = 8;
/** What one product is deep. */
constexpr int product_words = 2;
/** Of the pattern: eight lines. */
constexpr uint32_t pattern_bytes = 1024;

/** Plain weights, whose pieces are tiles: see `take_rows`. */
struct Packed {
  static constexpr int unit_pieces = 2, piece_words = 64;
  static constexpr bool is_expanded = false;
};

template <int rows>
struct Block {
  static constexpr int weights = block_outputs * line_words, words = weights + rows * line_words;
  /** Two of them are multiplied, the others copied. */
  static constexpr int stages = rows > 128 ? 4 : 3;
  /** Blocks that share a multiprocessor's registers and its 227 KiB. */
  static constexpr int neighbours = rows > 128 ? 1 : 2;
  /** The first pattern begins where addresses let it. */
  static constexpr size_t bytes = static_cast<size_t>(stages) * words * 16 + pattern_bytes;
};

/** The 128-byte swizzle: the three bits that choose a word of a line take those of the line's number. */
__device__ __forceinline__ int word_at(int line, int word) { return line * line_words + (word ^ line % 8); }

/** What lies from `address` on, eight lines of a pattern after the other. */
__device__ __forceinline__ uint64_t described(uint32_t address) {
  // With this swizzle nothing reads the leading offset; 1 is what it is assumed to be.
  constexpr uint64_t leading = 1, stride = pattern_bytes >> 4, swizzle = 1;
  return (address & 0x3ffff) >> 4 | leading << 16 | stride << 32 | swizzle << 62;
}

/** Copies the block's weights and rows, a step's inputs at a time. */
template <int rows>
class Copies {
 public:
  __device__ __forceinline__ Copies(const Product& args, const Span& span) : groups_(args.groups) {
    const int thread = threadIdx.x, lane = thread % 32;
    // Of eight neighbouring lanes four write to one half of all banks, and four to the other.
    const int output = lane / 4 % 2 * 4 + lane / 8;
    const int half = thread / 32 % 2, tile = thread / 128;
    weight_group_ = thread / 64 % 2;
    const auto* weights = reinterpret_cast<const uint4*>(args.weights);
#pragma unroll
    for (int i = 0; i < copied_weights; ++i) {
      const int at = min(static_cast<int>(blockIdx.x) * block_units + i, args.units - 1) * 2 + tile;
      const size_t group = static_cast<size_t>(at) * args.groups + weight_group_;
      weights_[i] = weights + (group * 2 + half) * 32 + output * 4 + lane % 4;
    }
    // A warp of the products has 16 lines: eight outputs of a unit's first tile, and those of its second.
    weight_place_ = word_at(half * 16 + tile * 8 + output, weight_group_ * 4 + lane % 4);
    row_group_ = thread % line_words / 4;
    row_place_ = Block<rows>::weights + word_at(thread / line_words, thread % line_words);
#pragma unroll
    for (int i = 0; i < copied_rows; ++i) {
      const int row = span.first + i * lines + thread / line_words;
      rows_[i] = span.input(args, row) + thread % line_words * word_values;
    }
  }

  /** Begins to copy what the next step multiplies; behind the last group are zeros. */
  __device__ __forceinline__ void advance(uint4* stage) {
    const bool has_weights = weight_group_ < groups_, has_rows = row_group_ < groups_;
#pragma unroll
    for (int i = 0; i < copied_weights; ++i) {
      copy_or_clear(stage + weight_place_ + i * unit_outputs * line_words, weights_[i], has_weights);
      weights_[i] += step_groups * Packed::piece_words;
    }
#pragma unroll
    for (int i = 0; i < copied_rows; ++i) {
      copy_or_clear(stage + row_place_ + i * lines * line_words, rows_[i], has_rows);
      rows_[i] += step_groups * group_inputs;
    }
    groups_ -= step_groups;
  }

 private:
  /** Lines that all threads copy at once. */
  static constexpr int lines = threads / line_words;
  static constexpr int copied_weights = block_outputs / lines, copied_rows = rows / lines;
  const uint4* weights_[copied_weights];
  const uint16_t* rows_[copied_rows];
  int weight_place_, row_place_, weight_group_, row_group_;
  /** That are left. */
  int groups_;
};

template <int rows>
__device__ __forceinline__ void finish_rows(
    const Product& args, const Span& span, const float (&sums)[rows / 2]) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int unit = static_cast<int>(blockIdx.x) * block_units + warp / 2;
  const int output = warp % 2 * 8 + lane / 4;
#pragma unroll
  for (int column = 0; column < rows / 8; ++column)
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int row = span.first + column * 8 + lane % 4 * 2 + i;
      finish(args, span, unit, output, row, sums[column * 4 + i], sums[column * 4 + 2 + i]);
    }
}

template <int rows>
__global__ void __launch_bounds__(threads, Block<rows>::neighbours) warpgroup_rows(Product args) {
  if constexpr (has_warpgroups) {
    using Block = Block<rows>;
    const Span span = take_rows<Packed>(args, rows);
    const uint32_t gap = -shared_address(block_memory) % pattern_bytes;
    auto* memory = reinterpret_cast<uint4*>(block_memory + gap);
    const uint32_t address = shared_address(memory);
    const uint32_t own_weights = threadIdx.x / warpgroup_threads * warpgroup_outputs * line_words * 16;
    const int steps = (args.groups + step_groups - 1) / step_groups;
    Copies<rows> copies(args, span);
    float sums[rows / 2] = {};
    for (int step = 0; step < Block::stages - 2; ++step) {
      if (step < steps) copies.advance(memory + step * Block::words);
      close_copies();
    }
    for (int step = 0; step < steps; ++step) {
      await_copies<Block::stages - 3>();
      show_copies();
      // Behind it all have awaited the products of two steps before, whose place is free.
      __syncthreads();
      const uint32_t stage = address + step % Block::stages * Block::words * 16;
      const uint64_t a = described(stage + own_weights), b = described(stage + Block::weights * 16);
      hold_sums(sums);
      begin_products();
#pragma unroll
      for (int word = 0; word < line_words; word += product_words) multiply_later(sums, a + word, b + word);
      close_products();
      hold_sums(sums);
      const int next = step + Block::stages - 2;
      if (next < steps) copies.advance(memory + next % Block::stages * Block::words);
      close_copies();
      await_products<1>();
    }
    await_products<0>();
    hold_sums(sums);
    finish_rows<rows>(args, span, sums);
  }
}

template <int rows>
void launch_rows(const Product& args, cudaStream_t stream) {
  const unsigned outputs = (args.units + block_units - 1) / block_units;
  const dim3 grid(outputs, (args.rows + rows - 1) / rows, 1);
  launch(warpgroup_rows<rows>, grid, threads, Block<rows>::bytes, stream, args);
}

}  // namespace

void multiply_by_warpgroups(const Product& args, BlockRows rows, cudaStream_t stream) {
  if (rows == BlockRows::more) return launch_rows<256>(args, stream);
  launch_rows<128>(args, stream);
}

void prepare_warpgroup_product() {
  allow_shared(warpgroup_rows<128>, Block<128>::bytes);
  allow_shared(warpgroup_rows<256>, Block<256>::bytes);
}

/** Wider blocks read less, but a multiprocessor without one computes nothing. */
void WarpgroupProducts::multiply(const Product& args, cudaStream_t stream) const {
  const int more = static_cast<int>(BlockRows::more), fewer = static_cast<int>(BlockRows::fewer);
  const int blocks = (args.units + block_units - 1) / block_units * ((args.rows + more - 1) / more);
  const bool is_wide = args.rows > fewer && blocks >= multiprocessors_;
  multiply_by_warpgroups(args, is_wide ? BlockRows::more : BlockRows::fewer, stream);
}

}  // namespace plinth::cuda
