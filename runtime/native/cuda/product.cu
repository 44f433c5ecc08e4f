/** Rows times weights of bfloat16. */
#include "product.cuh"

namespace plinth::cuda {

void product(const Product& args, cudaStream_t stream) { launch_product<Plain>(args, stream); }

void prepare_kernels() { prepare_product<Plain>(); }

}  // namespace plinth::cuda
