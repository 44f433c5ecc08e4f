/**
 * Attention over the paged cache. A warp has 16 rows of queries that share a head of keys, and takes keys a
 * chunk at a time, counted from the beginning of the sequence. What a chunk gives and how chunks are merged
 * is the same in both kernels: a row's answer is the same bit for bit, however its prompt was cut.
 */
#include <algorithm>
#include <type_traits>

#include "cache.cuh"
#include "chunk.cuh"
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int ragged_warps = 4;

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

/** Values whose sums a warp holds beside a chunk's; larger heads have two warps for the same rows. */
template <int values>
constexpr int held_values = values > 128 ? values / 2 : values;

template <int values, class Cache>
__global__ void __launch_bounds__(ragged_warps * 32) ragged_tiles(Attention args, const Counts* counts) {
  const int lane = threadIdx.x % 32, index = blockIdx.x * ragged_warps + threadIdx.x / 32;
  if (index >= counts->ragged_items) return;
  const Item item = args.items[index];
  Tile<values> tile;
  load_tile(args, item, blockIdx.y, tile);
  constexpr int held = held_values<values>;
  const int first_value = static_cast<int>(blockIdx.z) * held;
  Found<held> all = {}, more;
  all.peak[0] = all.peak[1] = -INFINITY;
  const int group = args.heads / args.kv_heads;
  const int before = tile.context - (args.query_start[item.sequence + 1] - args.query_start[item.sequence]);
  const int last = before + (item.first + item.rows - 1) / group;
  const int first = first_chunk(args, before + item.first / group + 1);
  for (int chunk = first; chunk <= last / chunk_tokens; ++chunk) {
    attend_chunk<Cache>(args, tile, chunk, first_value, more);
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      const Shares shares = shares_of(all.peak[row], more.peak[row]);
      all.peak[row] = shares.peak;
      all.total[row] = merged(all.total[row], more.total[row], shares);
#pragma unroll
      for (int at = 0; at < held / 8; ++at)
#pragma unroll
        for (int value = row * 2; value < row * 2 + 2; ++value)
          all.sums[at][value] = merged(all.sums[at][value], more.sums[at][value], shares);
    }
  }
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    if (tile.row[row] < 0) continue;
    const int at_row = item.first + tile.row[row];
    const size_t token = args.query_start[item.sequence] + at_row / group;
    uint16_t* to = args.output + token * args.output_stride +
                   (blockIdx.y * group + at_row % group) * values + first_value + lane % 4 * 2;
#pragma unroll
    for (int at = 0; at < held / 8; ++at) {
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
  attend_chunk<Cache>(args, tile, chunk, 0, found);
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    if (tile.row[row] < 0) continue;
    const size_t at = partial_at(args, item.place + chunk, kv_head, tile.row[row]);
    float* to = args.partial_sums + at * values + lane % 4 * 2;
#pragma unroll
    for (int i = 0; i < values / 8; ++i)
#pragma unroll
      for (int value = 0; value < 2; ++value) to[i * 8 + value] = found.sums[i][row * 2 + value];
    if (lane % 4 != 0) continue;
    args.partial_scales[at * 2] = found.peak[row];
    args.partial_scales[at * 2 + 1] = found.total[row];
  }
}

/** Chunks that are asked for before the first of them is waited for. */
constexpr int chunks_ahead = 8;

/** A thread has one value of one row of an item. */
__global__ void merge_chunks(Attention args, const Counts* counts) {
  const int index = blockIdx.x, kv_head = blockIdx.y, value = threadIdx.x;
  if (index >= counts->split_items) return;
  const Item item = args.items[index];
  const int row = blockIdx.z;
  if (row >= item.rows || value >= args.head_values) return;
  const int context = args.context_length[item.sequence], group = args.heads / args.kv_heads;
  const int end = (context + chunk_tokens - 1) / chunk_tokens;
  const auto* scales = reinterpret_cast<const float2*>(args.partial_scales);
  float sum = 0.0f, total = 0.0f, peak = -INFINITY;
  for (int first = first_chunk(args, context); first < end; first += chunks_ahead) {
    float sums[chunks_ahead];
    float2 found[chunks_ahead];
#pragma unroll
    for (int i = 0; i < chunks_ahead; ++i) {
      const size_t at = partial_at(args, item.place + min(first + i, end - 1), kv_head, row);
      sums[i] = args.partial_sums[at * args.head_values + value];
      found[i] = scales[at];
    }
#pragma unroll
    for (int i = 0; i < chunks_ahead; ++i) {
      if (first + i >= end) break;
      const Shares shares = shares_of(peak, found[i].x);
      peak = shares.peak;
      total = merged(total, found[i].y, shares);
      sum = merged(sum, sums[i], shares);
    }
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
  with_head(args.head_values, [&](auto values) {
    constexpr int parts = decltype(values)::value / held_values<decltype(values)::value>;
    const dim3 grid((items + ragged_warps - 1) / ragged_warps, args.kv_heads, parts);
    with_cache(args, [&](auto cache) {
      const auto kernel = ragged_tiles<decltype(values)::value, decltype(cache)>;
      launch(kernel, grid, ragged_warps * 32, 0, stream, args, counts);
    });
  });
}

}  // namespace plinth::cuda
