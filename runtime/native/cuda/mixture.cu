/**
 * Layers that choose among experts: each token's likeliest ones, the rows of each expert together, and what
 * they give summed for each token alone, in the order in which it chose them. Nothing of it is told to the
 * host: how many rows an expert has is known to the device alone.
 */
#include "arithmetic.cuh"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

constexpr int threads = 256, warps = threads / 32;

/** Grows with the weight; of equal ones the first expert's is larger. */
__device__ __forceinline__ unsigned long long key_of(float weight, int expert) {
  return static_cast<unsigned long long>(__float_as_uint(weight)) << 32 | static_cast<uint32_t>(~expert);
}

/** A warp has a token, and each of its lanes every 32nd expert. */
__global__ void __launch_bounds__(threads) choose_experts(Routes args, const Counts* counts) {
  const int lane = threadIdx.x % 32, token = blockIdx.x * warps + threadIdx.x / 32;
  if (token >= counts->tokens) return;
  float* weights = args.logits + static_cast<size_t>(token) * args.stride;
  float peak = -INFINITY;
  for (int expert = lane; expert < args.experts; expert += 32) peak = Larger()(weights[expert], peak);
  peak = warp_joined(peak, Larger());
  double all = 0.0, chosen = 0.0;
  for (int expert = lane; expert < args.experts; expert += 32) {
    weights[expert] = exponential(weights[expert] - peak);
    all += weights[expert];
  }
  all = warp_joined(all, Sum());
  constexpr float taken = -1.0f;
  const int first = token * args.chosen;
  for (int choice = 0; choice < args.chosen; ++choice) {
    // What is no number is the largest, and so there is always one.
    unsigned long long best = 0;
    for (int expert = lane; expert < args.experts; expert += 32)
      if (weights[expert] != taken) best = Larger()(best, key_of(weights[expert], expert));
    best = warp_joined(best, Larger());
    const int expert = static_cast<int>(~static_cast<uint32_t>(best));
    const float weight = __uint_as_float(static_cast<uint32_t>(best >> 32));
    chosen += weight;
    if (expert % 32 == lane) weights[expert] = taken;
    if (choice % 32 != lane) continue;
    args.choices[first + choice] = expert;
    args.shares[first + choice] = weight;
  }
  const double whole = args.is_normalised ? chosen : all;
  for (int choice = lane; choice < args.chosen; choice += 32)
    args.shares[first + choice] = static_cast<float>(args.shares[first + choice] / whole);
}

__device__ __forceinline__ int parts_of(int rows, int part_rows) {
  return (rows + part_rows - 1) / part_rows;
}

/** One block. Which of an expert's rows a token gets is left to chance: no row's sums depend on it. */
__global__ void __launch_bounds__(threads)
    assign_rows(Routes args, const Counts* counts, int part_rows, int parts) {
  auto* taken = reinterpret_cast<int*>(block_memory);
  int* starts = taken + args.experts;
  const int pairs = counts->tokens * args.chosen;
  for (int expert = threadIdx.x; expert < args.experts; expert += threads) taken[expert] = 0;
  __syncthreads();
  for (int pair = threadIdx.x; pair < pairs; pair += threads)
    args.rows[pair] = atomicAdd(&taken[args.choices[pair]], 1);
  __syncthreads();
  for (int expert = threadIdx.x; expert < args.experts; expert += threads) {
    int start = 0, part = 0;
    for (int before = 0; before < expert; ++before) {
      start += taken[before];
      part += parts_of(taken[before], part_rows);
    }
    starts[expert] = start;
    for (int row = 0; row < taken[expert]; row += part_rows)
      args.parts[part++] = {expert, start + row, min(part_rows, taken[expert] - row)};
  }
  int used = 0;
  for (int expert = 0; expert < args.experts; ++expert) used += parts_of(taken[expert], part_rows);
  for (int part = used + static_cast<int>(threadIdx.x); part < parts; part += threads)
    args.parts[part] = {0, 0, 0};
  __syncthreads();
  for (int pair = threadIdx.x; pair < pairs; pair += threads) {
    const int row = starts[args.choices[pair]] + args.rows[pair];
    args.rows[pair] = row;
    args.tokens[row] = pair / args.chosen;
  }
}

__global__ void __launch_bounds__(threads) sum_choices(Routes routes, Choices args, const Counts* counts) {
  const int token = blockIdx.x, first = token * routes.chosen;
  if (token >= counts->tokens) return;
  float* to = args.output + static_cast<size_t>(token) * args.stride;
  for (int i = threadIdx.x; i < args.values; i += threads) {
    float sum = 0.0f;
    for (int pair = first; pair < first + routes.chosen; ++pair)
      sum += routes.shares[pair] * args.outputs[static_cast<size_t>(routes.rows[pair]) * args.stride + i];
    to[i] = args.is_added ? to[i] + sum : sum;
  }
}

}  // namespace

void choose(const Routes& args, const Counts* counts, int rows, cudaStream_t stream) {
  launch(choose_experts, dim3((rows + warps - 1) / warps, 1, 1), threads, 0, stream, args, counts);
}

void assign(const Routes& args, const Counts* counts, int part_rows, int parts, cudaStream_t stream) {
  const size_t bytes = static_cast<size_t>(args.experts) * 2 * sizeof(int);
  launch(assign_rows, dim3(1, 1, 1), threads, bytes, stream, args, counts, part_rows, parts);
}

void add_choices(
    const Routes& routes, const Choices& args, const Counts* counts, int rows, cudaStream_t stream) {
  launch(sum_choices, dim3(rows, 1, 1), threads, 0, stream, routes, args, counts);
}

void prepare_mixture() {
  prefer_shared(choose_experts);
  prefer_shared(assign_rows);
  prefer_shared(sum_choices);
}

}  // namespace plinth::cuda
