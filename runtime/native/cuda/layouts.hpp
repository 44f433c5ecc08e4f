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
/** Rows of a prompt that a block takes together. */
constexpr int ragged_tile_rows = 64;

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

/**
 * Of a code of 4 bits, counted from the lowest bits of a byte on; one of 8 bits has two such places. A lane's
 * codes of the upper and of the lower outputs lie together: 16 bytes, those of 8 bits of a tile, those of
 * 4 of a unit. Of eight codes of 4 bits the even ones are the word's lower half, the odd ones its upper half.
 */
__host__ __device__ inline size_t code_at(int output, int input, int groups, int bits) {
  const size_t piece = output / (bits == 8 ? tile_outputs : unit_outputs), group = input / group_inputs;
  const int row = output % tile_outputs, at = input % group_inputs, index = at % 8;
  const size_t lane = (piece * groups + group) * 32 + row % 8 * 4 + at / 8;
  if (bits == 8) return (lane * 16 + row / 8 * 8 + index) * 2;
  const int word = output / tile_outputs % 2 * 2 + row / 8;
  return (lane * 4 + word) * 8 + index / 2 + index % 2 * 4;
}

/** Of a scale, of so many for each output: those of a lane's four outputs of a unit lie together. */
__host__ __device__ inline size_t scale_at(int output, int index, int count) {
  const size_t unit = output / unit_outputs;
  const int row = output % tile_outputs;
  return ((unit * count + index) * 8 + row % 8) * 4 + output / tile_outputs % 2 * 2 + row / 8;
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
