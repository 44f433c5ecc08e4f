/**
 * Rows times weights on tensor cores: weights are the tiles' rows, so that few rows of input waste little.
 * Both kernels sum each segment of inputs by itself and add the segments in order: a row's outputs are the
 * same bit for bit, whichever kernel computes them and whoever else is in the step.
 */
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int threads = 256, warps = threads / 32;

__device__ __forceinline__ float silu(float value) { return value / (1.0f + expf(-value)); }

/** Both tiles of a unit, for one row: `output` counts in the first one. */
__device__ __forceinline__ void finish(
    const Product& args, int unit, int output, int row, float first, float second) {
  if (unit >= args.units || row >= args.rows) return;
  const size_t start = static_cast<size_t>(row) * args.output_stride;
  if (args.finish == Finish::gate) {
    static_cast<uint16_t*>(args.output)[start + unit * tile_outputs + output] = bf16_of(silu(first) * second);
    return;
  }
  const int at = unit * unit_outputs + output;
  if (args.bias) {
    first += args.bias[at];
    second += args.bias[at + tile_outputs];
  }
  float* to = static_cast<float*>(args.output) + start + at;
  to[0] = args.finish == Finish::add ? to[0] + first : first;
  to[tile_outputs] = args.finish == Finish::add ? to[tile_outputs] + second : second;
}

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

/** A block has a unit, and each of its warps every eighth segment: weights are streamed once. */
template <int columns>
__global__ void __launch_bounds__(threads) few_rows(Product args) {
  const int unit = blockIdx.x, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int segments = (args.groups + segment_groups - 1) / segment_groups;
  const auto* weights = reinterpret_cast<const uint4*>(args.weights);
  const size_t tile_words = static_cast<size_t>(args.groups) * 64;
  const uint4* tiles[2] = {weights + tile_words * unit * 2, weights + tile_words * (unit * 2 + 1)};
  const uint16_t* rows[columns];
  for (int column = 0; column < columns; ++column) {
    const int row = column * 8 + lane / 4;
    rows[column] = args.input + static_cast<size_t>(row < args.rows ? row : 0) * args.input_stride;
  }
  auto* shared = reinterpret_cast<float*>(block_memory);
  constexpr int values = columns * 4 * 2 * 32, pairs = (columns + 1) / 2;
  float totals[pairs][2] = {};
  for (int round = 0; round < segments; round += warps) {
    const int segment = round + warp, begin = segment * segment_groups;
    const int end = min(begin + segment_groups, args.groups);
    float sums[2][columns][4] = {};
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      uint4 halves[2][2];
      for (int tile = 0; tile < 2; ++tile)
        for (int half = 0; half < 2; ++half)
          halves[tile][half] = tiles[tile][(group * 2 + half) * 32 + lane];
      for (int column = 0; column < columns; ++column) {
        const int at = group * group_inputs + lane % 4 * 8;
        const uint4 input = *reinterpret_cast<const uint4*>(rows[column] + at);
        for (int tile = 0; tile < 2; ++tile)
          multiply_group(sums[tile][column], halves[tile][0], halves[tile][1], input);
      }
    }
    float* own = shared + warp * values;
    for (int column = 0; column < columns; ++column)
      for (int value = 0; value < 4; ++value)
        for (int tile = 0; tile < 2; ++tile)
          own[((column * 4 + value) * 2 + tile) * 32 + lane] = sums[tile][column][value];
    __syncthreads();
    const int ready = min(warps, segments - round);
    for (int i = 0; i < pairs; ++i) {
      const int at = (i * threads + threadIdx.x) / 32;
      if (at >= columns * 4) break;
      for (int from = 0; from < ready; ++from)
        for (int tile = 0; tile < 2; ++tile)
          totals[i][tile] += shared[from * values + (at * 2 + tile) * 32 + lane];
    }
    __syncthreads();
  }
  for (int i = 0; i < pairs; ++i) {
    const int at = (i * threads + threadIdx.x) / 32;
    if (at >= columns * 4) break;
    const int row = at / 4 * 8 + column_of(lane, at % 4);
    finish(args, unit, output_of(lane, at % 4), row, totals[i][0], totals[i][1]);
  }
}

/** A block of many rows: 128 outputs times 128 rows; each warp has 64 times 32 of them. */
constexpr int block_tiles = 8, block_columns = 16, warp_tiles = 4, warp_columns = 4;
constexpr int stages = 4;
constexpr int weight_bytes = block_tiles * 1024, stage_bytes = weight_bytes + block_columns * 512;

/** Begins to copy one group of the block's weights and rows, each lane's 16 bytes beside its neighbour's. */
__device__ __forceinline__ void copy_group(const Product& args, int group, unsigned char* stage) {
  const int tiles = args.units * 2;
  for (int at = threadIdx.x; at < block_tiles * 64; at += threads) {
    const int tile = min(static_cast<int>(blockIdx.x) * block_tiles + at / 64, tiles - 1);
    const size_t from = (static_cast<size_t>(tile) * args.groups + group) * 512 + at % 64 * 8;
    copy_later(stage + at * 16, args.weights + from);
  }
  for (int at = threadIdx.x; at < block_columns * 32; at += threads) {
    const int row = min(static_cast<int>(blockIdx.y) * block_columns * 8 + at / 4, args.rows - 1);
    const size_t from = static_cast<size_t>(row) * args.input_stride + group * group_inputs + at % 4 * 8;
    copy_later(stage + weight_bytes + at * 16, args.input + from);
  }
}

__global__ void __launch_bounds__(threads) many_rows(Product args) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int first_tile = warp % 2 * warp_tiles, first_column = warp / 2 * warp_columns;
  float totals[warp_tiles][warp_columns][4] = {}, sums[warp_tiles][warp_columns][4] = {};
  for (int group = 0; group < stages - 1; ++group) {
    if (group < args.groups) copy_group(args, group, block_memory + group * stage_bytes);
    close_copies();
  }
  for (int group = 0; group < args.groups; ++group) {
    await_copies<stages - 2>();
    __syncthreads();
    const int next = group + stages - 1;
    if (next < args.groups) copy_group(args, next, block_memory + next % stages * stage_bytes);
    close_copies();
    const auto* weights = reinterpret_cast<const uint4*>(block_memory + group % stages * stage_bytes);
    const uint4* inputs = weights + weight_bytes / 16;
    uint4 column[warp_columns];
    for (int c = 0; c < warp_columns; ++c) column[c] = inputs[(first_column + c) * 32 + lane];
    for (int t = 0; t < warp_tiles; ++t) {
      const uint4 upper = weights[(first_tile + t) * 64 + lane];
      const uint4 lower = weights[(first_tile + t) * 64 + 32 + lane];
      for (int c = 0; c < warp_columns; ++c) multiply_group(sums[t][c], upper, lower, column[c]);
    }
    if ((group + 1) % segment_groups != 0 && group + 1 != args.groups) continue;
    for (int t = 0; t < warp_tiles; ++t)
      for (int c = 0; c < warp_columns; ++c)
        for (int value = 0; value < 4; ++value) {
          totals[t][c][value] += sums[t][c][value];
          sums[t][c][value] = 0.0f;
        }
  }
  for (int t = 0; t < warp_tiles; t += 2)
    for (int c = 0; c < warp_columns; ++c)
      for (int value = 0; value < 4; ++value) {
        const int unit = (static_cast<int>(blockIdx.x) * block_tiles + first_tile + t) / 2;
        const int row =
            (static_cast<int>(blockIdx.y) * block_columns + first_column + c) * 8 + column_of(lane, value);
        finish(args, unit, output_of(lane, value), row, totals[t][c][value], totals[t + 1][c][value]);
      }
}

template <int columns>
constexpr size_t few_rows_bytes = static_cast<size_t>(warps) * columns * 4 * 2 * 32 * sizeof(float);

template <int columns>
void launch_few(const Product& args, cudaStream_t stream) {
  const dim3 grid(args.units, 1, 1);
  launch(few_rows<columns>, grid, threads, few_rows_bytes<columns>, stream, args);
}

template <class Kernel>
void allow_shared(Kernel kernel, size_t bytes) {
  require(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
      "a kernel cannot have its shared memory");
}

}  // namespace

void product(const Product& args, cudaStream_t stream) {
  if (args.rows <= 8) return launch_few<1>(args, stream);
  if (args.rows <= 16) return launch_few<2>(args, stream);
  if (args.rows <= 32) return launch_few<4>(args, stream);
  if (args.rows <= 64) return launch_few<8>(args, stream);
  const unsigned columns = (args.rows + block_columns * 8 - 1) / (block_columns * 8);
  const dim3 grid((args.units * 2 + block_tiles - 1) / block_tiles, columns, 1);
  launch(many_rows, grid, threads, stages * stage_bytes, stream, args);
}

void prepare_kernels() {
  allow_shared(few_rows<8>, few_rows_bytes<8>);
  allow_shared(many_rows, stages * stage_bytes);
}

}  // namespace plinth::cuda
