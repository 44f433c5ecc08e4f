/** Whether this device's warpgroups multiply as they should, on made-up values. */
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "layouts.hpp"
#include "made-up.hpp"
#include "warpgroup-product.hpp"

namespace plinth::cuda {

namespace {

/** What is multiplied: sums are stored, or added to what is there. */
struct Checked {
  int groups, units, rows;
  Finish finish;
};

/** No multiples of what blocks and steps have, in several blocks either way. */
constexpr Checked uneven = {9, 5, 300, Finish::store};
/** 1024 inputs, in more steps than a block holds; and more blocks than run at a time, of 4 units each. */
Checked crowded(int multiprocessors) { return {32, (2 * multiprocessors + 1) * 4, 100, Finish::add}; }

/**
 * Sums of 288 products of made-up values have about 0.015, and what is rounded is of the order of 1e-8; two
 * values in each other's place make far more. All of it grows with the root of the number of products.
 */
float tolerance_of(const Checked& shape) {
  return 1e-5f * std::sqrt(static_cast<float>(shape.groups) / static_cast<float>(uneven.groups));
}

class Check {
 public:
  Check(const Checked& shape, cudaStream_t stream) : stream_(stream), made_(stream) {
    args_.groups = shape.groups;
    args_.units = shape.units;
    args_.rows = shape.rows;
    args_.input_stride = shape.groups * group_inputs;
    args_.output_stride = shape.units * unit_outputs;
    args_.finish = shape.finish;
    args_.weights = made_.halves(static_cast<size_t>(args_.output_stride) * args_.input_stride);
    args_.input = made_.halves(static_cast<size_t>(args_.rows) * args_.input_stride);
  }

  template <class Multiply>
  std::vector<float> outputs(const Multiply& multiply) {
    std::vector<float> out(static_cast<size_t>(args_.rows) * args_.output_stride);
    args_.output = made_.all(out.size(), 0.25f);
    multiply(args_);
    const size_t bytes = out.size() * sizeof(float);
    require(
        cudaMemcpyAsync(out.data(), args_.output, bytes, cudaMemcpyDeviceToHost, stream_),
        "products cannot be fetched");
    require(cudaStreamSynchronize(stream_), "a checked product failed");
    return out;
  }

 private:
  cudaStream_t stream_;
  MadeUp made_;
  Product args_ = {};
};

void compare(const std::vector<float>& found, const std::vector<float>& wanted, float tolerance) {
  size_t wrong = 0;
  for (size_t i = 0; i < found.size(); ++i)
    // What is no number is near nothing.
    if (!(std::fabs(found[i] - wanted[i]) <= tolerance)) ++wrong;
  if (wrong == 0) return;
  throw std::runtime_error(
      std::to_string(wrong) + " of " + std::to_string(found.size()) +
      " checked sums are wrong");
}

}  // namespace

bool WarpgroupProducts::has(const cudaDeviceProp& facts) { return facts.major == 9 && facts.minor == 0; }

WarpgroupProducts::WarpgroupProducts(const cudaDeviceProp& facts, cudaStream_t stream)
    : multiprocessors_(facts.multiProcessorCount) {
  prepare_warpgroup_product();
  for (const Checked& shape : {uneven, crowded(multiprocessors_)}) {
    Check check(shape, stream);
    const auto wanted = check.outputs([&](const Product& args) { product(args, stream); });
    for (const BlockRows rows : {BlockRows::fewer, BlockRows::more})
      compare(
          check.outputs([&](const Product& args) { multiply_by_warpgroups(args, rows, stream); }), wanted,
          tolerance_of(shape));
  }
}

}  // namespace plinth::cuda
