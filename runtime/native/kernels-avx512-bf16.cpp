/** The kernels of the path "avx512" where the processor multiplies bfloat16 itself. */
#include "attention-vector.hpp"
#include "gemm-vector.hpp"
#include "low-rank.hpp"
#include "row-ops.hpp"

namespace plinth {

const KernelSet& avx512_bf16_kernels() {
  static const KernelSet kernels = {
      "avx512 bf16 native", 2, 2, vector_gemm<Short>, vector_attention<Short>, place_token<Short>,
      norm_row<Short>, add_norm_row, soft_cap, weigh_logits, low_rank_down<Short>, low_rank_up};
  return kernels;
}

}  // namespace plinth
