/** Products of many rows where sums may have any order: by a library, or by the device's warpgroups. */
#include <algorithm>
#include <stdexcept>

#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

namespace {

bool is_gate(Finish finish) { return finish == Finish::gate_silu || finish == Finish::gate_gelu; }

LibraryShape shape_of(const Matrix& matrix, bool has_bias, int output_stride, Finish finish) {
  const int outputs = matrix.units * unit_outputs;
  const bool is_gated = is_gate(finish);
  return {matrix.groups * group_inputs, outputs, is_gated ? outputs : output_stride, is_gated,
          finish == Finish::add, has_bias};
}

}  // namespace

/** Where there is none, the device's own products take its place, and its name says so. */
void Model::open_library() {
  if (options_.libraries.empty()) return;
  try {
    library_ = std::make_unique<CublasLt>(options_.libraries);
  } catch (const std::runtime_error& problem) {
    name_ += std::string(", without cuBLASLt (") + problem.what() + ")";
    return;
  }
  name_ += ", with cuBLASLt";
  const int rows = std::max(options_.limits.step_tokens, options_.limits.sequences);
  size_t weights = 0, gated = 0;
  const auto plan = [&](Matrix& matrix, int input_stride, bool has_bias, int stride, Finish finish) {
    // Codes become bfloat16 on their way to tensor cores, and nowhere else.
    if (matrix.codes.bits != 0) return;
    const LibraryShape shape = shape_of(matrix, has_bias, stride, finish);
    library_->plan(shape, input_stride, rows);
    matrix.is_planned = library_->has(shape);
    const size_t outputs = shape.outputs;
    weights = std::max(weights, outputs * shape.inputs);
    if (shape.is_half) gated = std::max(gated, outputs);
  };
  // What is normalised, or summed over devices first, is not added at once.
  const auto added = [&](const Memory& norm) {
    return norm.bytes() > 0 || share_.ranks > 1 ? Finish::store : Finish::add;
  };
  for (Layer& layer : layers_) {
    const bool has_bias = layer.output_bias.bytes() > 0;
    plan(layer.qkv, normed_stride_, layer.qkv_bias.bytes() > 0, qkv_stride_, Finish::store);
    plan(layer.output, attended_stride_, has_bias, hidden_stride_, added(layer.attention_norm));
    // Rows of experts are few, and known to the device alone.
    if (layer.router.units > 0) continue;
    plan(layer.gated, normed_stride_, false, gated_stride_, gate());
    plan(layer.down, gated_stride_, false, hidden_stride_, added(layer.feed_forward_norm));
  }
  unpacked_ = Memory(weights * sizeof(uint16_t));
  ungated_ = Memory(rows * gated * sizeof(uint16_t));
}

/** Where they do not compute as they should, the name says so. Other devices have none. */
void Model::open_warpgroups() {
  cudaDeviceProp facts;
  require(cudaGetDeviceProperties(&facts, share_.rank), "the device says nothing of itself");
  if (options_.libraries.empty() || !WarpgroupProducts::has(facts)) return;
  try {
    warpgroups_ = std::make_unique<WarpgroupProducts>(facts, stream_);
    name_ += ", with wgmma";
  } catch (const std::runtime_error& problem) {
    const cudaError_t left = cudaStreamSynchronize(stream_);
    // Errors of kernels stay with the process.
    require(left, "the check of wgmma lost the device: set engine.isBatchInvariant, which does without it");
    name_ += std::string(", without wgmma (") + problem.what() + ")";
  }
}

/** What the library does not: it has no plan, there are adapters, or there is none. */
bool Model::multiply_by_warpgroups(const Product& args) const {
  if (!warpgroups_ || args.rows < options_.library_rows || !WarpgroupProducts::can(args)) return false;
  warpgroups_->multiply(args, stream_);
  return true;
}

/** Rows behind the last one are computed as well, and read by nobody. */
bool Model::multiply_by_library(const Product& args, const Matrix& matrix) const {
  if (!matrix.is_planned || args.rows < options_.library_rows) return false;
  // What adapters add has its place between the sums and all else.
  if (args.added.adapters != 0) return false;
  const bool is_gated = is_gate(args.finish);
  const LibraryShape shape = shape_of(matrix, args.bias != nullptr, args.output_stride, args.finish);
  unpack({args.weights, unpacked_.as<uint16_t>(), args.units, args.groups}, stream_);
  void* output = is_gated ? ungated_.as<void>() : args.output;
  library_->multiply(shape, {args.input, unpacked_.as<uint16_t>(), args.bias, output}, args.rows, stream_);
  if (is_gated)
    cuda::gate(
        {ungated_.as<uint16_t>(), static_cast<uint16_t*>(args.output), args.units, args.output_stride,
         args.rows, args.finish == Finish::gate_gelu},
        stream_);
  return true;
}

}  // namespace plinth::cuda
