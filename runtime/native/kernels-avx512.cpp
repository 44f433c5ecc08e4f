/** The kernels of the path "avx512". */
#include "attention-vector.hpp"
#include "gemm-vector.hpp"
#include "low-rank.hpp"
#include "row-ops.hpp"

namespace plinth {

const KernelSet& avx512_kernels(bool is_exact) {
  static const KernelSet mixed = {
      "avx512 bf16", 4, 2, vector_gemm<Mixed>, vector_attention<Mixed>, place_token<Mixed>, norm_row<Mixed>,
      add_norm_row, soft_cap, weigh_logits, low_rank_down<Mixed>, low_rank_up};
  static const KernelSet exact = {
      "avx512 f32", 4, 4, vector_gemm<Exact>, vector_attention<Exact>, place_token<Exact>, norm_row<Exact>,
      add_norm_row, soft_cap, weigh_logits, low_rank_down<Exact>, low_rank_up};
  return is_exact ? exact : mixed;
}

}  // namespace plinth
