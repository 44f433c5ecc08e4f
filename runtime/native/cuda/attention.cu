/**
 * Attention over the paged cache. A warp has 16 rows of queries that share a head of keys, and takes keys a
 * chunk at a time, counted from the beginning of the sequence. What a chunk gives and how chunks are merged
 * is the same in both kernels: a row's answer is the same bit for bit, however its prompt was cut.
 */
#include <algorithm>
#include <type_traits>

#include "arithmetic.cuh"
#include "cache.cuh"
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int chunk_blocks = chunk_tokens / cache_block;
constexpr int ragged_warps = 4;

/** Of the two rows of a lane, which are eight apart: sums of values, peak and total of weights. */
template <int values>
struct Found {
  float sums[values / 8][4];
  float peak[2], total[2];
};

template <int values>
struct Tile {
  uint32_t queries[values / 16][4];
  int sequence, kv_head, context;
  /** Of the lane's two rows: keys that they see, and where their results belong. */
  int seen[2], row[2];
};

__device__ __forceinline__ float power(float exponent) { return exp2f(exponent); }

/** The exponent of a score's weight: powers are of two here. */
__device__ __forceinline__ float scored(const Attention& args, float score) {
  score *= args.scale;
  return (args.cap > 0.0f ? capped(score, args.cap) : score) * 1.44269504f;
}

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
  const uint16_t* from[2];
  for (int i = 0; i < 2; ++i) {
    const int in_item = lane / 4 + i * 8, row = item.first + min(in_item, item.rows - 1);
    tile.row[i] = in_item < item.rows ? in_item : -1;
    tile.seen[i] = tile.context - (end - begin) + row / group + 1;
    const size_t head = static_cast<size_t>(begin + row / group) * args.heads + kv_head * group + row % group;
    from[i] = args.queries + head * values + lane % 4 * 4;
  }
  for (int depth = 0; depth < values / 16; ++depth) {
    const uint2 upper = *reinterpret_cast<const uint2*>(from[0] + depth * 16);
    const uint2 lower = *reinterpret_cast<const uint2*>(from[1] + depth * 16);
    tile.queries[depth][0] = upper.x;
    tile.queries[depth][1] = lower.x;
    tile.queries[depth][2] = upper.y;
    tile.queries[depth][3] = lower.y;
  }
}

/** The first `count` of four halves; what is behind the sequence's end need not be numbers. */
__device__ __forceinline__ uint2 kept(uint2 halves, int count) {
  if (count >= 4) return halves;
  const uint32_t first = count >= 2 ? halves.x : count == 1 ? halves.x & 0xffffu : 0;
  return uint2{first, count == 3 ? halves.y & 0xffffu : 0};
}

/**
 * A lane has four neighbouring tokens of each block, two in either product: so its weights are where the
 * product with the values takes them from, and keys and values are read 8 bytes at a time.
 */
template <int values, class Cache>
__device__ __forceinline__ void attend_chunk(
    const Attention& args, const Tile<values>& tile, int chunk, Found<values>& found) {
  const int lane = threadIdx.x % 32, quarter = lane % 4 * 4;
  const auto* cache = static_cast<const typename Cache::Value*>(args.cache);
  const int32_t* table = args.block_table + static_cast<size_t>(tile.sequence) * args.blocks_per_sequence;
  float scores[chunk_blocks][2][4];
  for (int i = 0; i < chunk_blocks; ++i) {
    const int block = chunk * chunk_blocks + i;
    for (int half = 0; half < 2; ++half)
      for (int value = 0; value < 4; ++value) scores[i][half][value] = 0.0f;
    if (block * cache_block >= tile.context) continue;
    const auto* keys = cache + cache_at(table[block], tile.kv_head, args.kv_heads, values);
    for (int half = 0; half < 2; ++half) {
      const int slot = lane / 8 * 4 + half * 2 + lane / 4 % 2;
      for (int depth = 0; depth < values / 16; ++depth) {
        const uint2 held = Cache::four(keys + key_at(slot, depth * 16) + quarter);
        multiply_tile(scores[i][half], tile.queries[depth], held.x, held.y);
      }
    }
  }
  for (int row = 0; row < 2; ++row) {
    float peak = -INFINITY;
    for (int i = 0; i < chunk_blocks; ++i)
      for (int half = 0; half < 2; ++half)
        for (int value = row * 2; value < row * 2 + 2; ++value) {
          const int token = (chunk * chunk_blocks + i) * cache_block + quarter + half * 2 + value % 2;
          float& score = scores[i][half][value];
          const bool is_seen = token < tile.seen[row] && token >= tile.seen[row] - args.window;
          score = is_seen ? scored(args, score) : -INFINITY;
          peak = fmaxf(peak, score);
        }
    for (int distance = 1; distance < 4; distance *= 2)
      peak = fmaxf(peak, __shfl_xor_sync(every_lane, peak, distance));
    float total = 0.0f;
    for (int i = 0; i < chunk_blocks; ++i)
      for (int half = 0; half < 2; ++half)
        for (int value = row * 2; value < row * 2 + 2; ++value) {
          float& score = scores[i][half][value];
          score = power(score - origin_of(peak));
          total += score;
        }
    for (int distance = 1; distance < 4; distance *= 2)
      total += __shfl_xor_sync(every_lane, total, distance);
    found.peak[row] = peak;
    found.total[row] = total;
  }
  for (int at = 0; at < values / 8; ++at)
    for (int value = 0; value < 4; ++value) found.sums[at][value] = 0.0f;
  for (int i = 0; i < chunk_blocks; ++i) {
    const int block = chunk * chunk_blocks + i, left = tile.context - block * cache_block;
    if (left <= 0) break;
    const float(&first)[4] = scores[i][0], (&second)[4] = scores[i][1];
    const uint32_t weights[4] = {
        bf16_pair(first[0], first[1]), bf16_pair(first[2], first[3]), bf16_pair(second[0], second[1]),
        bf16_pair(second[2], second[3])};
    const auto* base = cache + cache_at(table[block], tile.kv_head, args.kv_heads, values) +
                       values * cache_block + quarter;
    for (int at = 0; at < values / 8; ++at) {
      const uint2 held = kept(Cache::four(base + value_at(0, at * 8 + lane / 4)), left - quarter);
      multiply_tile(found.sums[at], weights, held.x, held.y);
    }
  }
}

/** What both have to be multiplied by before they are added. */
struct Shares {
  float peak, before, more;
};

__device__ __forceinline__ Shares shares_of(float before, float more) {
  const float peak = fmaxf(before, more), origin = origin_of(peak);
  return {peak, power(before - origin), power(more - origin)};
}

__device__ __forceinline__ float merged(float before, float more, const Shares& shares) {
  return before * shares.before + more * shares.more;
}

template <int values, class Cache>
__global__ void __launch_bounds__(ragged_warps * 32) ragged_tiles(Attention args, const Counts* counts) {
  const int lane = threadIdx.x % 32, index = blockIdx.x * ragged_warps + threadIdx.x / 32;
  if (index >= counts->ragged_items) return;
  const Item item = args.items[index];
  Tile<values> tile;
  load_tile(args, item, blockIdx.y, tile);
  Found<values> all = {}, more;
  all.peak[0] = all.peak[1] = -INFINITY;
  const int group = args.heads / args.kv_heads;
  const int before = tile.context - (args.query_start[item.sequence + 1] - args.query_start[item.sequence]);
  const int last = before + (item.first + item.rows - 1) / group;
  const int first = first_chunk(args, before + item.first / group + 1);
  for (int chunk = first; chunk <= last / chunk_tokens; ++chunk) {
    attend_chunk<values, Cache>(args, tile, chunk, more);
    for (int row = 0; row < 2; ++row) {
      const Shares shares = shares_of(all.peak[row], more.peak[row]);
      all.peak[row] = shares.peak;
      all.total[row] = merged(all.total[row], more.total[row], shares);
      for (int at = 0; at < values / 8; ++at)
        for (int value = row * 2; value < row * 2 + 2; ++value)
          all.sums[at][value] = merged(all.sums[at][value], more.sums[at][value], shares);
    }
  }
  for (int row = 0; row < 2; ++row) {
    if (tile.row[row] < 0) continue;
    const int at_row = item.first + tile.row[row];
    const size_t token = args.query_start[item.sequence] + at_row / group;
    uint16_t* to = args.output + token * args.output_stride +
                   (blockIdx.y * group + at_row % group) * values + lane % 4 * 2;
    for (int at = 0; at < values / 8; ++at) {
      const float* sums = all.sums[at] + row * 2;
      *reinterpret_cast<uint32_t*>(to + at * 8) =
          bf16_pair(sums[0] / all.total[row], sums[1] / all.total[row]);
    }
  }
}

__device__ __forceinline__ size_t partial_at(const Attention& args, int place, int kv_head, int row) {
  return (static_cast<size_t>(place) * args.kv_heads + kv_head) * args.partial_rows + row;
}

template <int values, class Cache>
__global__ void __launch_bounds__(32) split_chunks(Attention args, const Counts* counts) {
  const int index = blockIdx.x, kv_head = blockIdx.y, lane = threadIdx.x % 32;
  if (index >= counts->split_items) return;
  const Item item = args.items[index];
  const int context = args.context_length[item.sequence];
  const int chunk = first_chunk(args, context) + static_cast<int>(blockIdx.z);
  if (chunk * chunk_tokens >= context) return;
  Tile<values> tile;
  load_tile(args, item, kv_head, tile);
  Found<values> found;
  attend_chunk<values, Cache>(args, tile, chunk, found);
  for (int row = 0; row < 2; ++row) {
    if (tile.row[row] < 0) continue;
    const size_t at = partial_at(args, item.place + chunk, kv_head, tile.row[row]);
    float* to = args.partial_sums + at * values + lane % 4 * 2;
    for (int i = 0; i < values / 8; ++i)
      for (int value = 0; value < 2; ++value) to[i * 8 + value] = found.sums[i][row * 2 + value];
    if (lane % 4 != 0) continue;
    args.partial_scales[at * 2] = found.peak[row];
    args.partial_scales[at * 2 + 1] = found.total[row];
  }
}

/** A thread has one value of one row of an item. */
__global__ void merge_chunks(Attention args, const Counts* counts) {
  const int index = blockIdx.x, kv_head = blockIdx.y, value = threadIdx.x;
  if (index >= counts->split_items) return;
  const Item item = args.items[index];
  const int row = blockIdx.z;
  if (row >= item.rows || value >= args.head_values) return;
  const int context = args.context_length[item.sequence], group = args.heads / args.kv_heads;
  float sum = 0.0f, total = 0.0f, peak = -INFINITY;
  for (int chunk = first_chunk(args, context); chunk * chunk_tokens < context; ++chunk) {
    const size_t at = partial_at(args, item.place + chunk, kv_head, row);
    const Shares shares = shares_of(peak, args.partial_scales[at * 2]);
    peak = shares.peak;
    total = merged(total, args.partial_scales[at * 2 + 1], shares);
    sum = merged(sum, args.partial_sums[at * args.head_values + value], shares);
  }
  const size_t token = args.query_start[item.sequence];
  const int head = kv_head * group + item.first + row;
  args.output[token * args.output_stride + head * args.head_values + value] = bf16_of(sum / total);
}

/** Calls `run` with what the cache is made of. */
template <class Run>
void with_cache(const Attention& args, const Run& run) {
  if (args.is_fp8) return run(Fp8Cache());
  run(Bf16Cache());
}

/** Calls `run` with the size of a head as a constant; false where there is no kernel for it. */
template <class Run>
bool with_head(int values, const Run& run) {
  switch (values) {
    case 16: run(std::integral_constant<int, 16>()); return true;
    case 32: run(std::integral_constant<int, 32>()); return true;
    case 48: run(std::integral_constant<int, 48>()); return true;
    case 64: run(std::integral_constant<int, 64>()); return true;
    case 80: run(std::integral_constant<int, 80>()); return true;
    case 96: run(std::integral_constant<int, 96>()); return true;
    case 128: run(std::integral_constant<int, 128>()); return true;
    case 256: run(std::integral_constant<int, 256>()); return true;
    default: return false;
  }
}

}  // namespace

bool can_attend(int head_values) {
  return with_head(head_values, [](auto) {});
}

void attend_split(const Attention& args, const Counts* counts, int items, int chunks, cudaStream_t stream) {
  // A window that begins within a chunk ends within another one.
  const int seen = args.window < chunks * chunk_tokens ? args.window / chunk_tokens + 2 : chunks;
  const dim3 grid(items, args.kv_heads, std::min(seen, chunks));
  with_head(args.head_values, [&](auto values) {
    with_cache(args, [&](auto cache) {
      const auto kernel = split_chunks<decltype(values)::value, decltype(cache)>;
      launch(kernel, grid, 32, 0, stream, args, counts);
    });
  });
  const dim3 merges(items, args.kv_heads, args.partial_rows);
  const unsigned threads = (args.head_values + 31) / 32 * 32;
  launch(merge_chunks, merges, threads, 0, stream, args, counts);
}

void attend_ragged(const Attention& args, const Counts* counts, int items, cudaStream_t stream) {
  const dim3 grid((items + ragged_warps - 1) / ragged_warps, args.kv_heads, 1);
  with_head(args.head_values, [&](auto values) {
    with_cache(args, [&](auto cache) {
      const auto kernel = ragged_tiles<decltype(values)::value, decltype(cache)>;
      launch(kernel, grid, ragged_warps * 32, 0, stream, args, counts);
    });
  });
}

}  // namespace plinth::cuda
