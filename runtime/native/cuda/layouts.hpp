/** Where values lie in the device's memory: the same for who writes them and who reads them. */
#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace plinth::cuda {

/** Tokens of a block of the KV cache, as on the processor. */
constexpr int cache_block = 16;
/** Inputs of a product are padded with zeros to whole groups. */
constexpr int group_inputs = 32;
/** Sums of a product run over so many groups, and then these sums are added in order. */
constexpr int segment_groups = 8;
/** Outputs are padded to whole units: two tiles of 16. */
constexpr int unit_outputs = 32, tile_outputs = 16;
/** Keys whose weights are found together; a row's chunks are merged in order. */
constexpr int chunk_tokens = 128;
/** Rows of queries of a tile: by token, then by head of the group. */
constexpr int tile_rows = 16;

/**
 * Of a packed weight. Of each tile the groups follow one another; in a group first the upper 8 outputs, then
 * the lower ones; of each output four lanes have 8 inputs each. So a warp reads whole stretches, 16 bytes a
 * lane, and has what two steps of the tensor cores need.
 */
__host__ __device__ inline size_t packed_at(int output, int input, int groups) {
  const size_t tile = output / tile_outputs, group = input / group_inputs;
  const int row = output % tile_outputs, at = input % group_inputs;
  return (((tile * groups + group) * 2 + row / 8) * 32 + row % 8 * 4 + at / 8) * 8 + at % 8;
}

/** Of the keys of a block and a head of keys; its values follow them. */
__host__ __device__ inline size_t cache_at(int block, int head, int kv_heads, int head_values) {
  return (static_cast<size_t>(block) * kv_heads + head) * 2 * head_values * cache_block;
}

/** In a block's keys: 16 values of each token together. */
__host__ __device__ inline int key_at(int slot, int value) {
  return (value / 16 * cache_block + slot) * 16 + value % 16;
}

/** In a block's values: of each value its tokens together. */
__host__ __device__ inline int value_at(int slot, int value) { return value * cache_block + slot; }

}  // namespace plinth::cuda
