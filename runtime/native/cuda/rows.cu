/** What is done to each token alone: its embedding, normalisation, rotation, and its place in the cache. */
#include "../step.hpp"
#include "cache.cuh"
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int row_threads = 256;

__global__ void embed_rows(Embed args, const Counts* counts) {
  let_next_begin();
  await_kernels();
  const int token = blockIdx.x;
  if (token >= counts->tokens) return;
  const int id = args.token_ids[token] - args.first_token;
  const bool is_here = id >= 0 && id < args.tokens;
  float* to = args.output + static_cast<size_t>(token) * args.stride;
  for (int i = threadIdx.x; i < args.hidden; i += row_threads)
    to[i] = is_here ? bf16_value(args.embedding[packed_at(id, i, args.groups)]) * args.scale : 0.0f;
}

/** Of a norm; rows of up to 8192 values lie in registers, so that a row alone waits for memory once. */
constexpr int norm_threads = 512, held_fours = 4;

/** Neighbours of a row, of which nothing lies behind its end. */
__device__ __forceinline__ float4 four_of(const float* row, int at, int values) {
  if (at + 4 <= values) return *reinterpret_cast<const float4*>(row + at);
  const auto one = [&](int i) { return i < values ? row[i] : 0.0f; };
  return float4{one(at), one(at + 1), one(at + 2), one(at + 3)};
}

__device__ __forceinline__ void add_squares(float& sum, float4 four) {
  sum = fmaf(four.x, four.x, sum);
  sum = fmaf(four.y, four.y, sum);
  sum = fmaf(four.z, four.z, sum);
  sum = fmaf(four.w, four.w, sum);
}

/** Calls `use` with where each of a thread's four neighbours of a row begin, and with them normalised. */
template <class Use>
__device__ __forceinline__ void normalise(
    const float* input, const float* weights, int values, float epsilon, int end, const Use& use) {
  constexpr int step = norm_threads * 4, held = held_fours * step;
  const int self = static_cast<int>(threadIdx.x) * 4;
  float4 row[held_fours], factors[held_fours];
#pragma unroll
  for (int i = 0; i < held_fours; ++i) row[i] = four_of(input, self + i * step, values);
#pragma unroll
  for (int i = 0; i < held_fours; ++i) factors[i] = four_of(weights, self + i * step, values);
  float squares = 0.0f;
#pragma unroll
  for (int i = 0; i < held_fours; ++i) add_squares(squares, row[i]);
  for (int at = self + held; at < values; at += step) add_squares(squares, four_of(input, at, values));
  squares = block_joined(squares, reinterpret_cast<float*>(block_memory), Sum());
  const float scale = 1.0f / sqrtf(squares / static_cast<float>(values) + epsilon);
  const auto scaled = [&](int at, float4 four, float4 by) {
    const float4 out = {
        four.x * scale * by.x, four.y * scale * by.y, four.z * scale * by.z, four.w * scale * by.w};
    use(at, out);
  };
#pragma unroll
  for (int i = 0; i < held_fours; ++i)
    if (self + i * step < end) scaled(self + i * step, row[i], factors[i]);
  for (int at = self + held; at < end; at += step)
    scaled(at, four_of(input, at, values), four_of(weights, at, values));
}

__global__ void __launch_bounds__(norm_threads) norm_rows(Norm args, const Counts* counts) {
  let_next_begin();
  await_kernels();
  const int row = blockIdx.x, index = args.first_row + row;
  if (index >= (args.rows ? counts->sampled : counts->tokens)) return;
  const size_t token = args.rows ? args.rows[index].token : row;
  uint16_t* output = args.output + static_cast<size_t>(row) * args.output_stride;
  const auto write = [&](int at, float4 four) {
    // What is behind the row's values is padding, and zero.
    const auto one = [&](int i, float value) { return at + i < args.values ? value : 0.0f; };
    const uint32_t first = bf16_pair(one(0, four.x), one(1, four.y));
    const uint32_t second = bf16_pair(one(2, four.z), one(3, four.w));
    *reinterpret_cast<uint2*>(output + at) = uint2{first, second};
  };
  const float* input = args.input + token * args.stride;
  normalise(input, args.weights, args.values, args.epsilon, args.output_stride, write);
}

__global__ void __launch_bounds__(norm_threads) add_norm_rows(AddNorm args, const Counts* counts) {
  let_next_begin();
  await_kernels();
  const int token = blockIdx.x;
  if (token >= counts->tokens) return;
  const float* input = args.input + static_cast<size_t>(token) * args.stride;
  float* output = args.output + static_cast<size_t>(token) * args.stride;
  const auto add = [&](int at, float4 four) {
    const float more[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (at + i < args.values) output[at + i] += more[i];
  };
  normalise(input, args.weights, args.values, args.epsilon, args.values, add);
}

/** In the order of the tokens: a sum over a prompt is the same however it was cut. */
__global__ void pool_rows(Pool args) {
  const int sequence = blockIdx.x;
  const auto pooling = static_cast<Pooling>(args.pooling[sequence]);
  if (pooling == Pooling::none) return;
  float* output = args.output + static_cast<size_t>(sequence) * args.values;
  const int end = args.query_start[sequence + 1];
  const bool is_sum = pooling == Pooling::sum;
  for (int token = is_sum ? args.query_start[sequence] : end - 1; token < end; ++token) {
    const float* input = args.input + static_cast<size_t>(token) * args.stride;
    double squares = 0;
    for (int i = threadIdx.x; i < args.values; i += row_threads)
      squares += static_cast<double>(input[i]) * input[i];
    squares = block_joined(squares, reinterpret_cast<double*>(block_memory), Sum());
    const auto scale = static_cast<float>(1 / sqrt(squares / args.values + args.epsilon));
    for (int i = threadIdx.x; i < args.values; i += row_threads)
      output[i] = (is_sum ? output[i] : 0.0f) + input[i] * scale * args.weights[i];
  }
}

/** Two values of a head, half a head apart, before and after they are rotated. */
struct Pair {
  float first, second;
};

constexpr int head_pairs_max = 4;

/**
 * A warp's head: normalised where there are weights, then rotated. Lane by lane, 32 pairs at a time; loops
 * are as long as the longest head's, so that pairs stay in registers.
 */
__device__ __forceinline__ void turn_head(
    const float* input, const float* weights, float epsilon, const float* turns, int values,
    Pair (&pairs)[head_pairs_max]) {
  const int half = values / 2, lane = threadIdx.x % 32;
  float squares = 0.0f;
#pragma unroll
  for (int at = 0; at < head_pairs_max; ++at) {
    const int i = at * 32 + lane;
    if (i >= half) continue;
    pairs[at] = {input[i], input[half + i]};
    squares = fmaf(pairs[at].first, pairs[at].first, squares);
    squares = fmaf(pairs[at].second, pairs[at].second, squares);
  }
  squares = warp_joined(squares, Sum());
  const float scale = 1.0f / sqrtf(squares / static_cast<float>(values) + epsilon);
#pragma unroll
  for (int at = 0; at < head_pairs_max; ++at) {
    const int i = at * 32 + lane;
    if (i >= half) continue;
    Pair pair = pairs[at];
    if (weights) pair = {pair.first * scale * weights[i], pair.second * scale * weights[half + i]};
    const float cosine = turns[i], sine = turns[half + i];
    pairs[at] = {pair.first * cosine - pair.second * sine, pair.second * cosine + pair.first * sine};
  }
}

template <class Cache>
__global__ void place_rows(Place args, const Counts* counts) {
  let_next_begin();
  await_kernels();
  const int token = blockIdx.x;
  if (token >= counts->tokens) return;
  const int values = args.head_values, half = values / 2, position = args.positions[token];
  const int slot = position % cache_block, lane = threadIdx.x % 32;
  const float* row = args.qkv + static_cast<size_t>(token) * args.stride;
  const float* turns = args.rotations + static_cast<size_t>(position) * values;
  const int rotated = args.heads + args.kv_heads;
  for (int head = threadIdx.x / 32; head < rotated + args.kv_heads; head += row_threads / 32) {
    const float* input = row + head * values;
    const int kv_head = head < rotated ? head - args.heads : head - rotated;
    auto* cache = static_cast<typename Cache::Value*>(args.cache);
    auto* keys = cache + cache_at(args.blocks[token], kv_head, args.kv_heads, values);
    if (head >= rotated) {
      auto* to = keys + values * cache_block;
      for (int i = lane; i < values; i += 32) to[value_at(slot, i)] = Cache::of(input[i]);
      continue;
    }
    const bool is_query = head < args.heads;
    Pair pairs[head_pairs_max];
    turn_head(input, is_query ? args.query_norm : args.key_norm, args.epsilon, turns, values, pairs);
    uint16_t* query = args.queries + (static_cast<size_t>(token) * args.heads + head) * values;
#pragma unroll
    for (int at = 0; at < head_pairs_max; ++at) {
      const int i = at * 32 + lane;
      if (i >= half) continue;
      const auto [first, second] = pairs[at];
      if (is_query) {
        query[i] = bf16_of(first);
        query[half + i] = bf16_of(second);
      } else {
        keys[key_at(slot, i)] = Cache::of(first);
        keys[key_at(slot, half + i)] = Cache::of(second);
      }
    }
  }
}

}  // namespace

void embed(const Embed& args, const Counts* counts, int rows, cudaStream_t stream) {
  launch_early(embed_rows, dim3(rows, 1, 1), row_threads, 0, stream, args, counts);
}

void norm(const Norm& args, const Counts* counts, int rows, cudaStream_t stream) {
  const size_t scratch = norm_threads / 32 * sizeof(float);
  launch_early(norm_rows, dim3(rows, 1, 1), norm_threads, scratch, stream, args, counts);
}

void add_norm(const AddNorm& args, const Counts* counts, int rows, cudaStream_t stream) {
  const size_t scratch = norm_threads / 32 * sizeof(float);
  launch_early(add_norm_rows, dim3(rows, 1, 1), norm_threads, scratch, stream, args, counts);
}

void pool(const Pool& args, int sequences, cudaStream_t stream) {
  launch(pool_rows, dim3(sequences, 1, 1), row_threads, row_threads / 32 * sizeof(double), stream, args);
}

void place(const Place& args, const Counts* counts, int rows, cudaStream_t stream) {
  const auto kernel = args.is_fp8 ? place_rows<Fp8Cache> : place_rows<Bf16Cache>;
  launch_early(kernel, dim3(rows, 1, 1), row_threads, 0, stream, args, counts);
}

void prepare_rows(bool is_fp8) {
  prefer_shared(embed_rows);
  prefer_shared(norm_rows);
  prefer_shared(add_norm_rows);
  prefer_shared(is_fp8 ? place_rows<Fp8Cache> : place_rows<Bf16Cache>);
}

}  // namespace plinth::cuda
