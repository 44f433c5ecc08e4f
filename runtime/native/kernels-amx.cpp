/** The kernels of the path "amx". */
#include "attention-tiles.hpp"
#include "gemm-tiles.hpp"
#include "low-rank.hpp"
#include "row-ops.hpp"

namespace plinth {

const KernelSet& amx_kernels() {
  static const KernelSet kernels = {
      "AMX bf16", 2, 2, tile_gemm, tile_attention, place_token<Tiled>, norm_row<Tiled>,
      add_norm_row, soft_cap, weigh_logits, low_rank_down<Tiled>, low_rank_up};
  return kernels;
}

}  // namespace plinth
