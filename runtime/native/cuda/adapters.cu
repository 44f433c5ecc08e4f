/**
 * What adapters of low rank add to a product, row by row and in 32 bits: from a row's inputs few inner
 * values, and from these as many as there are outputs. Sums have one order: it matters neither which rows
 * are computed together nor whose they are.
 */
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int threads = 256, warps = threads / 32;
/** Inputs that a warp takes at a time, four a lane. */
constexpr int chunk_inputs = 128;
/** Rows that share what is read of an adapter, where there are many. */
constexpr int tile_rows_max = 8, few_rows_max = 64;

/** Calls with each stretch of a tile's rows that have an adapter in common, if it changes the product. */
template <int tile, class Work>
__device__ __forceinline__ void each_stretch(const Adapting& args, const Counts* counts, const Work& work) {
  const int first = static_cast<int>(blockIdx.y) * tile, end = min(first + tile, counts->tokens);
  for (int row = first; row < end;) {
    const int adapter = args.adapter_of[row];
    int count = 1;
    while (row + count < end && args.adapter_of[row + count] == adapter) ++count;
    const LowRank low = args.adapters[adapter];
    if (low.down) work(low, row, count);
    row += count;
  }
}

/** The sums of all lanes; each is with every lane of the eight from `lane / 8 * 8` on, in that order. */
__device__ __forceinline__ float joined(const float (&sums)[inner_step]) {
  const int lane = threadIdx.x % 32;
  const bool is_upper = lane & 16, is_odd = lane & 8;
  float first = is_upper ? sums[2] : sums[0], second = is_upper ? sums[3] : sums[1];
  first += __shfl_xor_sync(every_lane, is_upper ? sums[0] : sums[2], 16);
  second += __shfl_xor_sync(every_lane, is_upper ? sums[1] : sums[3], 16);
  float sum = (is_odd ? second : first) + __shfl_xor_sync(every_lane, is_odd ? first : second, 8);
  for (int distance = 4; distance > 0; distance /= 2) sum += __shfl_xor_sync(every_lane, sum, distance);
  return sum;
}

__device__ __forceinline__ float4 floats_at(const float* at) { return *reinterpret_cast<const float4*>(at); }

__device__ __forceinline__ void add_products(float& sum, float4 a, float4 b) {
  sum = fmaf(a.x, b.x, sum);
  sum = fmaf(a.y, b.y, sum);
  sum = fmaf(a.z, b.z, sum);
  sum = fmaf(a.w, b.w, sum);
}

/** A block has some inner values of its rows, and each of its warps every eighth chunk of their inputs. */
template <int tile>
__global__ void __launch_bounds__(threads) to_inner(Adapting args, const Counts* counts) {
  const int inner = blockIdx.x * inner_step, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int chunks = (args.columns + chunk_inputs - 1) / chunk_inputs, used = min(chunks, warps);
  auto* shared = reinterpret_cast<float*>(block_memory);
  each_stretch<tile>(args, counts, [&](const LowRank& low, int row, int count) {
    if (inner >= low.inner) return;
    float sums[tile][inner_step] = {};
    for (int chunk = warp; chunk < chunks; chunk += warps) {
      const int k = chunk * chunk_inputs + lane * 4;
      if (k >= args.columns) break;
      float4 weights[inner_step];
#pragma unroll
      for (int i = 0; i < inner_step; ++i)
        weights[i] = floats_at(low.down + static_cast<size_t>(inner + i) * args.columns + k);
#pragma unroll
      for (int r = 0; r < tile; ++r) {
        if (r >= count) break;
        const uint16_t* from = args.input + static_cast<size_t>(row + r) * args.input_stride + k;
        const uint2 halves = *reinterpret_cast<const uint2*>(from);
        const float4 values = {
            bf16_value(halves.x & 0xffff), bf16_value(halves.x >> 16), bf16_value(halves.y & 0xffff),
            bf16_value(halves.y >> 16)};
#pragma unroll
        for (int i = 0; i < inner_step; ++i) add_products(sums[r][i], values, weights[i]);
      }
    }
#pragma unroll
    for (int r = 0; r < tile; ++r) {
      if (r >= count || warp >= used) break;
      const float sum = joined(sums[r]);
      if (lane % 8 == 0) shared[(warp * tile + r) * inner_step + lane / 8] = sum;
    }
    __syncthreads();
    if (static_cast<int>(threadIdx.x) < count * inner_step) {
      float total = shared[threadIdx.x];
      for (int from = 1; from < used; ++from) total += shared[from * tile * inner_step + threadIdx.x];
      const size_t to = row + threadIdx.x / inner_step;
      args.inner[to * args.inner_stride + inner + threadIdx.x % inner_step] = total;
    }
    __syncthreads();
  });
}

/** A thread has an output of its rows. */
template <int tile>
__global__ void __launch_bounds__(threads) to_outputs(Adapting args, const Counts* counts) {
  const int output = blockIdx.x * threads + threadIdx.x;
  if (output >= args.outputs) return;
  const int part = args.part_of[output / tile_outputs];
  each_stretch<tile>(args, counts, [&](const LowRank& low, int row, int count) {
    const int start = low.start[part];
    const float* inner = args.inner + static_cast<size_t>(row) * args.inner_stride + start;
    const float* up = low.up + output;
    float sums[tile] = {};
    for (int i = 0; start >= 0 && i < low.rank; i += inner_step) {
      const size_t at = static_cast<size_t>(i) * args.outputs, step = args.outputs;
      const float4 weights = {up[at], up[at + step], up[at + 2 * step], up[at + 3 * step]};
#pragma unroll
      for (int r = 0; r < tile; ++r) {
        if (r >= count) break;
        add_products(sums[r], floats_at(inner + static_cast<size_t>(r) * args.inner_stride + i), weights);
      }
    }
#pragma unroll
    for (int r = 0; r < tile; ++r) {
      if (r >= count) break;
      args.added[static_cast<size_t>(row + r) * args.outputs + output] = sums[r] * low.scale;
    }
  });
}

template <int tile>
void launch_both(const Adapting& args, const Counts* counts, int rows, cudaStream_t stream) {
  const unsigned tiles = (rows + tile - 1) / tile;
  const dim3 inner((args.inner_max + inner_step - 1) / inner_step, tiles, 1);
  launch(to_inner<tile>, inner, threads, warps * tile * inner_step * sizeof(float), stream, args, counts);
  const dim3 outputs((args.outputs + threads - 1) / threads, tiles, 1);
  launch(to_outputs<tile>, outputs, threads, 0, stream, args, counts);
}

}  // namespace

void add_adapters(const Adapting& args, const Counts* counts, int rows, cudaStream_t stream) {
  if (rows <= few_rows_max) return launch_both<1>(args, counts, rows, stream);
  launch_both<tile_rows_max>(args, counts, rows, stream);
}

void prepare_adapters() {
  prefer_shared(to_inner<1>);
  prefer_shared(to_outputs<1>);
  prefer_shared(to_inner<tile_rows_max>);
  prefer_shared(to_outputs<tile_rows_max>);
}

}  // namespace plinth::cuda
