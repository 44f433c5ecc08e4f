/** What products are made of, whoever computes them: weights that are bfloat16, and a tensor core's tiles. */
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

  /** What few rows find in shared memory of a group: by tile, and then its upper and its lower outputs. */
  static constexpr int slot_bytes = 2 * piece_words * 16;

  /** Copies a lane's weights of a unit, and nobody else's. */
  class Feed {
   public:
    __device__ __forceinline__ Feed(const Product& args, int unit, int lane)
        : weights_(reinterpret_cast<const uint4*>(args.weights) + lane),
          tile_(static_cast<size_t>(args.groups) * piece_words),
          lane_(lane) {
      weights_ += tile_ * 2 * unit;
    }
    __device__ __forceinline__ void seek(int group) {
      next_ = weights_ + static_cast<size_t>(group) * piece_words;
    }
    /** Begins to copy a group, and goes on to the one behind it. */
    __device__ __forceinline__ void copy(unsigned char* slot) {
      auto* to = reinterpret_cast<uint4*>(slot) + lane_;
#pragma unroll
      for (int tile = 0; tile < 2; ++tile)
#pragma unroll
        for (int half = 0; half < 2; ++half)
          copy_later(to + (tile * 2 + half) * 32, next_ + tile * tile_ + half * 32);
      next_ += piece_words;
    }

   private:
    const uint4 *weights_, *next_ = nullptr;
    size_t tile_;
    int lane_;
  };

  /** What a lane copied for itself. */
  static __device__ __forceinline__ void read(const unsigned char* slot, int lane, uint4 (&halves)[2][2]) {
    const auto* from = reinterpret_cast<const uint4*>(slot) + lane;
#pragma unroll
    for (int at = 0; at < 4; ++at) halves[at / 2][at % 2] = from[at * 32];
  }
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

}  // namespace

}  // namespace plinth::cuda
