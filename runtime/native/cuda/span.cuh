/** Which rows a block of a product has, and what becomes of their sums. */
#pragma once
#include "arithmetic.cuh"
#include "layouts.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

/** The rows of a block. */
struct Span {
  int first, end;

  /** The input of a row; behind the last one it is read once more. */
  __device__ __forceinline__ const uint16_t* input(const Product& args, int row) const {
    const int last = min(row, end - 1);
    return args.input + static_cast<size_t>(args.sources ? args.sources[last] : last) * args.input_stride;
  }
};

/** The rows of this block; where they are an expert's, the weights become its own. */
template <class Form>
__device__ __forceinline__ Span take_rows(Product& args, int block_rows) {
  const int index = blockIdx.y;
  if (!args.parts) return {index * block_rows, args.rows};
  const Part part = args.parts[index];
  const int pieces = args.units * Form::unit_pieces;
  const size_t values = static_cast<size_t>(pieces) * Form::piece_words * args.groups * 8;
  args.weights += values * part.expert;
  if constexpr (Form::is_expanded) args.codes.scales = Form::scales_of(args, args.units * part.expert, 0);
  return {part.first, part.first + part.rows};
}

/** Both tiles of a unit, for one row: `output` counts in the first one. */
__device__ __forceinline__ void finish(
    const Product& args, const Span& span, int unit, int output, int row, float first, float second) {
  if (unit >= args.units || row >= span.end) return;
  const Added& added = args.added;
  if (added.values && added.adapters >> added.adapter_of[row] & 1) {
    const float* more = added.values + (static_cast<size_t>(row) * args.units + unit) * unit_outputs + output;
    first += more[0];
    second += more[tile_outputs];
  }
  const size_t start = static_cast<size_t>(row) * args.output_stride;
  if (args.finish == Finish::gate_silu || args.finish == Finish::gate_gelu) {
    const float gate = args.finish == Finish::gate_gelu ? gelu(first) : silu(first);
    static_cast<uint16_t*>(args.output)[start + unit * tile_outputs + output] = bf16_of(gate * second);
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

}  // namespace

}  // namespace plinth::cuda
