/** Rows times weights of bfloat16. */
#include "product.cuh"

namespace plinth::cuda {

void product(const Product& args, cudaStream_t stream) {
  if (args.codes.bits != 0) return quantised_product(args, stream);
  launch_product<Plain>(args, stream);
}

void prepare_product() {
  prepare_form<Plain>();
  prepare_quantised_product();
}

}  // namespace plinth::cuda
