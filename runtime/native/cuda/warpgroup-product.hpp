/** Products of many rows by Hopper's warpgroups, where sums may have any order. */
#pragma once
#include "launches.hpp"

namespace plinth::cuda {

/** Of weights of bfloat16, and of rows that are not experts'. */
class WarpgroupProducts {
 public:
  /** Whether a device has them, and kernels that were compiled for it. */
  static bool has(const cudaDeviceProp& facts);
  /** Multiplies made-up values by warpgroups and by `product`; throws where more than rounding differs. */
  WarpgroupProducts(const cudaDeviceProp& facts, cudaStream_t stream);

  static bool can(const Product& args) { return args.codes.bits == 0 && !args.parts; }
  /** Of what it can: a row's sums have an order of their own, not that of `product`. */
  void multiply(const Product& args, cudaStream_t stream) const;

 private:
  int multiprocessors_;
};

/** Rows of a block: few enough for two blocks on a multiprocessor, or as many as one has registers for. */
enum class BlockRows { fewer = 128, more = 256 };
void multiply_by_warpgroups(const Product& args, BlockRows, cudaStream_t stream);
void prepare_warpgroup_product();

}  // namespace plinth::cuda
