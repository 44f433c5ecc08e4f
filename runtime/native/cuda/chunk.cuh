/**
 * What a tile of queries finds in one chunk of keys. All loops over what a lane holds are unrolled: what a
 * running index chooses would lie in memory, not in registers.
 */
#pragma once
#include "arithmetic.cuh"
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int chunk_blocks = chunk_tokens / cache_block;

/** Of the two rows of a lane, which are eight apart: peak and total of weights. */
struct Weighed {
  float peak[2], total[2];
};

/** And sums of values. */
template <int values>
struct Found : Weighed {
  float sums[values / 8][4];
};

template <int values>
struct Tile {
  int sequence, kv_head, context;
  /** Of the lane's two rows: keys that they see, and where their results belong. */
  int seen[2], row[2];
  /** And where their queries begin. */
  const uint16_t* from[2];
};

/** What tensor cores take of a tile's queries: 16 deep, and so on. */
template <int values>
__device__ __forceinline__ void load_queries(const Tile<values>& tile, int depth, uint32_t (&queries)[4]) {
  const uint2 upper = *reinterpret_cast<const uint2*>(tile.from[0] + depth * 16);
  const uint2 lower = *reinterpret_cast<const uint2*>(tile.from[1] + depth * 16);
  queries[0] = upper.x;
  queries[1] = lower.x;
  queries[2] = upper.y;
  queries[3] = lower.y;
}

__device__ __forceinline__ float power(float exponent) { return exp2f(exponent); }

/**
 * The first chunk in which a token sees anything, if it sees keys up to `seen`. Chunks before it would add
 * nothing: rows of a tile whose own first one is later are the same whether it is computed or not.
 */
__device__ __forceinline__ int first_chunk(const Attention& args, int seen) {
  return max(seen - args.window, 0) / chunk_tokens;
}

/** What is subtracted before powers are taken; a row that has seen nothing has no peak. */
__device__ __forceinline__ float origin_of(float peak) { return peak == -INFINITY ? 0.0f : peak; }

template <int values>
__device__ __forceinline__ void load_tile(
    const Attention& args, const Item& item, int kv_head, Tile<values>& tile) {
  const int lane = threadIdx.x % 32, group = args.heads / args.kv_heads;
  const int begin = args.query_start[item.sequence], end = args.query_start[item.sequence + 1];
  tile.sequence = item.sequence;
  tile.kv_head = kv_head;
  tile.context = args.context_length[item.sequence];
  for (int i = 0; i < 2; ++i) {
    const int in_item = lane / 4 + i * 8, row = item.first + min(in_item, item.rows - 1);
    tile.row[i] = in_item < item.rows ? in_item : -1;
    tile.seen[i] = tile.context - (end - begin) + row / group + 1;
    const size_t head = static_cast<size_t>(begin + row / group) * args.heads + kv_head * group + row % group;
    tile.from[i] = args.queries + head * values + lane % 4 * 4;
  }
}

/** Which bits the first `count` of four halves have; what is behind a sequence's end need not be numbers. */
__device__ __forceinline__ uint2 kept(int count) {
  return uint2{
      count >= 2 ? ~0u : count == 1 ? 0xffffu : 0u, count >= 4 ? ~0u : count == 3 ? 0xffffu : 0u};
}

/**
 * The blocks of a chunk: all entries of the table are asked for before the first is waited for. Behind the
 * sequence's end its last block is found again, and weighs nothing: a loop without branches has more loads
 * on their way.
 */
template <int values>
__device__ __forceinline__ void find_blocks(
    const Attention& args, const Tile<values>& tile, int chunk, int (&blocks)[chunk_blocks]) {
  const int32_t* table = args.block_table + static_cast<size_t>(tile.sequence) * args.blocks_per_sequence;
  const int last = (tile.context - 1) / cache_block;
#pragma unroll
  for (int i = 0; i < chunk_blocks; ++i) blocks[i] = table[min(chunk * chunk_blocks + i, last)];
}

/**
 * Of a lane: four neighbouring tokens of each block, two in either product. So its weights are where the
 * product with the values takes them from, and keys and values are read 8 bytes at a time.
 */
using Scores = float[chunk_blocks][2][4];

template <int values, class Cache>
__device__ __forceinline__ void score_keys(
    const Attention& args, const Tile<values>& tile, const int (&blocks)[chunk_blocks], Scores& scores) {
  const int lane = threadIdx.x % 32;
  const auto* cache = static_cast<const typename Cache::Value*>(args.cache) + lane % 4 * 4;
  uint32_t queries[values / 16][4];
#pragma unroll
  for (int depth = 0; depth < values / 16; ++depth) load_queries(tile, depth, queries[depth]);
#pragma unroll
  for (int i = 0; i < chunk_blocks; ++i) {
    const auto* keys = cache + cache_at(blocks[i], tile.kv_head, args.kv_heads, values);
#pragma unroll
    for (int at = 0; at < 8; ++at) scores[i][at / 4][at % 4] = 0.0f;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int slot = lane / 8 * 4 + half * 2 + lane / 4 % 2;
#pragma unroll
      for (int depth = 0; depth < values / 16; ++depth) {
        const uint2 held = Cache::four(keys + key_at(slot, depth * 16));
        multiply_tile(scores[i][half], queries[depth], held.x, held.y);
      }
    }
  }
}

/** Where the model caps them. */
__device__ __forceinline__ void cap_scores(const Attention& args, Scores& scores) {
  if (args.cap <= 0.0f) return;
#pragma unroll
  for (int at = 0; at < chunk_blocks * 8; ++at) {
    float& score = scores[at / 8][at / 4 % 2][at % 4];
    score = capped(score * args.scale, args.cap);
  }
}

/** Turns the scores of one of the lane's rows into weights; what it does not see weighs nothing. */
template <int values>
__device__ __forceinline__ void soften(
    const Attention& args, const Tile<values>& tile, int chunk, int row, Scores& scores, Weighed& found) {
  // Powers are of two: scores take their base with them.
  const float factor = (args.cap > 0.0f ? 1.0f : args.scale) * 1.44269504f;
  float peak = -INFINITY, total = 0.0f;
#pragma unroll
  for (int at = 0; at < chunk_blocks * 4; ++at) {
    const int block = chunk * chunk_blocks + at / 4, half = at / 2 % 2;
    const int token = block * cache_block + static_cast<int>(threadIdx.x) % 4 * 4 + half * 2 + at % 2;
    float& score = scores[at / 4][half][row * 2 + at % 2];
    const bool is_seen = token < tile.seen[row] && token >= tile.seen[row] - args.window;
    score = is_seen ? score * factor : -INFINITY;
    peak = fmaxf(peak, score);
  }
#pragma unroll
  for (int distance = 1; distance < 4; distance *= 2)
    peak = fmaxf(peak, __shfl_xor_sync(every_lane, peak, distance));
#pragma unroll
  for (int at = 0; at < chunk_blocks * 4; ++at) {
    float& score = scores[at / 4][at / 2 % 2][row * 2 + at % 2];
    score = power(score - origin_of(peak));
    total += score;
  }
#pragma unroll
  for (int distance = 1; distance < 4; distance *= 2)
    total += __shfl_xor_sync(every_lane, total, distance);
  found.peak[row] = peak;
  found.total[row] = total;
}

/** Of one block, as tensor cores take them. */
__device__ __forceinline__ void pack_weights(const float (&scores)[2][4], uint32_t (&weights)[4]) {
#pragma unroll
  for (int at = 0; at < 4; ++at)
    weights[at] = bf16_pair(scores[at / 2][at % 2 * 2], scores[at / 2][at % 2 * 2 + 1]);
}

template <class Cache, int values>
__device__ __forceinline__ void gather_values(
    const Attention& args, const Tile<values>& tile, int chunk, const int (&blocks)[chunk_blocks],
    const Scores& scores, Found<values>& found) {
  const int lane = threadIdx.x % 32, quarter = lane % 4 * 4;
  const auto* cache =
      static_cast<const typename Cache::Value*>(args.cache) + values * cache_block + quarter;
#pragma unroll
  for (int at = 0; at < values / 2; ++at) found.sums[at / 4][at % 4] = 0.0f;
#pragma unroll
  for (int i = 0; i < chunk_blocks; ++i) {
    const auto* base = cache + cache_at(blocks[i], tile.kv_head, args.kv_heads, values);
    const uint2 mask = kept(tile.context - (chunk * chunk_blocks + i) * cache_block - quarter);
    uint32_t weights[4];
    pack_weights(scores[i], weights);
#pragma unroll
    for (int at = 0; at < values / 8; ++at) {
      const uint2 loaded = Cache::four(base + value_at(0, at * 8 + lane / 4));
      multiply_tile(found.sums[at], weights, loaded.x & mask.x, loaded.y & mask.y);
    }
  }
}

template <class Cache, int values>
__device__ __forceinline__ void attend_chunk(
    const Attention& args, const Tile<values>& tile, int chunk, Found<values>& found) {
  int blocks[chunk_blocks];
  find_blocks(args, tile, chunk, blocks);
  Scores scores;
  score_keys<values, Cache>(args, tile, blocks, scores);
  cap_scores(args, scores);
  soften(args, tile, chunk, 0, scores, found);
  soften(args, tile, chunk, 1, scores, found);
  gather_values<Cache>(args, tile, chunk, blocks, scores, found);
}

}  // namespace

}  // namespace plinth::cuda
