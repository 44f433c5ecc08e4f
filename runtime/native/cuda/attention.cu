/**
 * Attention over the paged cache. A warp has 16 rows of queries that share a head of keys, and takes keys a
 * chunk at a time, counted from the beginning of the sequence. What a chunk gives and how chunks are merged
 * is the same in both kernels: a row's answer is the same bit for bit, however its prompt was cut.
 */
#include <algorithm>
#include <type_traits>
#include <utility>

#include "cache.cuh"
#include "prompts.cuh"
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

__device__ __forceinline__ size_t partial_at(const Attention& args, int place, int kv_head, int row) {
  return (static_cast<size_t>(place) * args.kv_heads + kv_head) * args.partial_rows + row;
}

template <int values, class Cache>
__global__ void __launch_bounds__(32) split_chunks(Attention args, const Counts* counts) {
  let_next_begin();
  await_kernels();
  const int index = args.first_item + static_cast<int>(blockIdx.x);
  const int kv_head = blockIdx.y, lane = threadIdx.x % 32;
  if (index >= counts->split_items) return;
  const Item item = args.items[index];
  const int context = args.context_length[item.sequence];
  const int chunk = first_chunk(args, context) + static_cast<int>(blockIdx.z);
  if (chunk * chunk_tokens >= context) return;
  Tile<values> tile;
  load_tile(args, item, kv_head, tile);
  Found<values> found;
  attend_chunk<Cache>(args, tile, chunk, found);
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
  let_next_begin();
  await_kernels();
  const int index = args.first_item + static_cast<int>(blockIdx.x);
  const int kv_head = blockIdx.y, value = threadIdx.x;
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
void with_cache(bool is_fp8, const Run& run) {
  if (is_fp8) return run(Fp8Cache());
  run(Bf16Cache());
}

/** Heads that there are kernels for. */
using HeadSizes = std::integer_sequence<int, 16, 32, 48, 64, 80, 96, 128, 256>;

template <class Run, int... sizes>
bool with_one_of(int values, const Run& run, std::integer_sequence<int, sizes...>) {
  return ((values == sizes && (run(std::integral_constant<int, sizes>()), true)) || ...);
}

/** Calls `run` with the size of a head as a constant; false where there is no kernel for it. */
template <class Run>
bool with_head(int values, const Run& run) {
  return with_one_of(values, run, HeadSizes());
}

/** Calls `run` with the kernel for prompts that has room on the device, and with the memory of its blocks. */
template <int values, class Cache, class Run>
void with_ragged(const Run& run) {
  constexpr size_t bytes = Prompts<values, Cache, chunk_pieces>::bytes;
  if constexpr (bytes > least_block_bytes)
    if (!has_large_blocks()) return run(ragged_rows<values, Cache, 2>, Prompts<values, Cache, 2>::bytes);
  run(ragged_rows<values, Cache, chunk_pieces>, bytes);
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
    with_cache(args.is_fp8, [&](auto cache) {
      const auto kernel = split_chunks<decltype(values)::value, decltype(cache)>;
      launch_early(kernel, grid, 32, 0, stream, args, counts);
    });
  });
  const dim3 merges(items, args.kv_heads, args.partial_rows);
  const unsigned threads = (args.head_values + 31) / 32 * 32;
  launch_early(merge_chunks, merges, threads, 0, stream, args, counts);
}

void attend_ragged(const Attention& args, const Counts* counts, int items, cudaStream_t stream) {
  with_head(args.head_values, [&](auto values) {
    with_cache(args.is_fp8, [&](auto cache) {
      with_ragged<decltype(values)::value, decltype(cache)>([&](auto kernel, size_t bytes) {
        launch(kernel, dim3(args.kv_heads, items, 1), ragged_threads, bytes, stream, args, counts);
      });
    });
  });
}

void prepare_attention(int head_values, bool is_fp8) {
  prefer_shared(merge_chunks);
  with_head(head_values, [&](auto values) {
    with_cache(is_fp8, [&](auto cache) {
      prefer_shared(split_chunks<decltype(values)::value, decltype(cache)>);
      with_ragged<decltype(values)::value, decltype(cache)>(
          [](auto kernel, size_t bytes) { allow_shared(kernel, bytes); });
    });
  });
}

}  // namespace plinth::cuda
