/** What becomes of parts that were gathered from all ranks. */
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int threads = 256;

__global__ void __launch_bounds__(threads) add_ranks(AddParts args) {
  const size_t at = static_cast<size_t>(blockIdx.x) * threads + threadIdx.x;
  if (at >= args.values) return;
  float sum = args.parts[at];
  for (int rank = 1; rank < args.ranks; ++rank) sum += args.parts[rank * args.values + at];
  args.output[at] = args.is_added ? args.output[at] + sum : sum;
}

__global__ void __launch_bounds__(threads) join_ranks(JoinParts args) {
  const int value = blockIdx.x * threads + threadIdx.x;
  const size_t row = blockIdx.y;
  if (value >= args.values) return;
  const int rank = value / args.part;
  const size_t from = (static_cast<size_t>(rank) * args.rows + row) * args.part_stride;
  args.output[row * args.stride + value] = args.parts[from + value % args.part];
}

unsigned blocks_of(size_t values) { return static_cast<unsigned>((values + threads - 1) / threads); }

}  // namespace

void add_parts(const AddParts& args, cudaStream_t stream) {
  launch(add_ranks, dim3(blocks_of(args.values), 1, 1), threads, 0, stream, args);
}

void join_parts(const JoinParts& args, cudaStream_t stream) {
  launch(join_ranks, dim3(blocks_of(args.values), args.rows, 1), threads, 0, stream, args);
}

}  // namespace plinth::cuda
