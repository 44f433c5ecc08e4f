/** What stands between packed weights and products that a library computes. */
#include "arithmetic.cuh"
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int threads = 256;

/** Each thread moves 16 bytes; a warp reads whole stretches, and writes 64 bytes of each of eight rows. */
__global__ void __launch_bounds__(threads) unpack_tiles(Unpack args) {
  const size_t words = static_cast<size_t>(args.units) * 2 * args.groups * 64;
  const size_t at = static_cast<size_t>(blockIdx.x) * threads + threadIdx.x;
  if (at >= words) return;
  const int lane = at % 32, half = at / 32 % 2;
  const size_t tile = at / 64 / args.groups, group = at / 64 % args.groups;
  const size_t output = tile * tile_outputs + half * 8 + lane / 4;
  uint16_t* to = args.rows + (output * args.groups + group) * group_inputs + lane % 4 * 8;
  *reinterpret_cast<uint4*>(to) = reinterpret_cast<const uint4*>(args.packed)[at];
}

__global__ void __launch_bounds__(threads) gate_rows(Gate args) {
  const size_t row = blockIdx.x, inputs = static_cast<size_t>(args.units) * unit_outputs;
  const int at = blockIdx.y * threads + threadIdx.x;
  if (at >= args.units * tile_outputs) return;
  const size_t from = row * inputs + at / tile_outputs * unit_outputs + at % tile_outputs;
  const float first = bf16_value(args.both[from]), second = bf16_value(args.both[from + tile_outputs]);
  args.output[row * args.output_stride + at] = bf16_of((args.is_gelu ? gelu(first) : silu(first)) * second);
}

}  // namespace

void unpack(const Unpack& args, cudaStream_t stream) {
  const size_t words = static_cast<size_t>(args.units) * 2 * args.groups * 64;
  const auto blocks = static_cast<unsigned>((words + threads - 1) / threads);
  launch(unpack_tiles, dim3(blocks, 1, 1), threads, 0, stream, args);
}

void gate(const Gate& args, cudaStream_t stream) {
  const unsigned blocks = (args.units * tile_outputs + threads - 1) / threads;
  launch(gate_rows, dim3(args.rows, blocks, 1), threads, 0, stream, args);
}

}  // namespace plinth::cuda
