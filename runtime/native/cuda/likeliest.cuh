/**
 * The likeliest tokens of a row, down to a number or a weight that is enough, found by counting and not by
 * sorting. Weights are whole numbers: their order is free, and threads add them as they come.
 */
#pragma once
#include "arithmetic.cuh"
#include "launches.hpp"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

using Wide = unsigned long long;

constexpr int threads = 1024, warps = threads / 32;
constexpr int bins = 256, bin_bits = 8, key_bits = 64, lane_bins = bins / 32;

/** Bins of logits to one, of those below the peak; the last bin has all that are farther. */
constexpr float bins_to_one = 8.0f;

/** Tokens of one bin that are told apart at once, a thread for each. */
constexpr int candidates_max = 512;

/** The likeliest token's weight. */
constexpr float one = 0x1p44f;

struct Shared {
  Wide scratch[warps], listed[alternatives_max];
  Wide candidates[candidates_max], candidate_weights[candidates_max];
  unsigned counts[bins], low_weights[bins], high_weights[bins], listed_count;
  int chosen;
  unsigned count_above;
  Wide weight_above, key;
};

/** Grows with the logit; of equal ones the lower token's is larger. */
__device__ __forceinline__ Wide key_of(float logit, int token) {
  const uint32_t bits = __float_as_uint(logit + 0.0f);
  const uint32_t order = bits >> 31 ? ~bits : bits | 0x80000000u;
  return static_cast<Wide>(order) << 32 | static_cast<uint32_t>(~token);
}

__device__ __forceinline__ int token_of(Wide key) { return static_cast<int>(~static_cast<uint32_t>(key)); }

/** A row whose peak is known: what each token weighs. */
struct Logits {
  float* logits;
  int vocabulary;
  float peak, rate, least;

  __device__ __forceinline__ Wide key(int token) const { return key_of(logits[token], token); }
  __device__ __forceinline__ Wide weight(float logit) const {
    const float share = exponential((logit - peak) * rate);
    return share < least ? 0 : static_cast<Wide>(share * one);
  }
  /** Grows with the logit. */
  __device__ __forceinline__ int bin(float logit) const {
    return bins - 1 - static_cast<int>(fminf((peak - logit) * bins_to_one, bins - 1.0f));
  }
};

/** Calls `run` with each token and its logit; a thread takes four neighbours at a time. */
template <class Run>
__device__ __forceinline__ void each_token(float* logits, int vocabulary, const Run& run) {
  const int whole = vocabulary / 4 * 4;
  for (int token = threadIdx.x * 4; token < whole; token += threads * 4) {
    const float4 four = *reinterpret_cast<const float4*>(logits + token);
    run(token, four.x);
    run(token + 1, four.y);
    run(token + 2, four.z);
    run(token + 3, four.w);
  }
  const int rest = whole + static_cast<int>(threadIdx.x);
  if (rest < vocabulary) run(rest, logits[rest]);
}

/** The weights of all tokens whose keys are `from` at least. */
__device__ Wide total_of(const Logits& row, Wide from, Shared& shared) {
  Wide total = 0;
  each_token(row.logits, row.vocabulary, [&](int token, float logit) {
    if (key_of(logit, token) >= from) total += row.weight(logit);
  });
  return block_joined(total, shared.scratch, Sum());
}

/** The sum of what the lanes before this one have. */
template <class T>
__device__ __forceinline__ T before_lane(T value) {
  T before = 0;
  for (int distance = 1; distance < 32; distance *= 2) {
    const T other = __shfl_xor_sync(every_lane, value, distance);
    if (threadIdx.x % 32 & distance) before += other;
    value += other;
  }
  return before;
}

/** Tokens of the bins that were chosen: of one distance from the peak, then of the same first bits. */
struct Scope {
  Wide from;
  int distance = -1, shift = key_bits;
  Wide prefix = 0;

  __device__ __forceinline__ bool has(const Logits& row, float logit, Wide key) const {
    if (key < from) return false;
    if (distance < 0) return true;
    return row.bin(logit) == distance && (shift == key_bits || key >> shift == prefix);
  }
  __device__ __forceinline__ int bin(const Logits& row, float logit, Wide key) const {
    return distance < 0 ? row.bin(logit) : static_cast<int>(key >> (shift - bin_bits) & (bins - 1));
  }
  __device__ __forceinline__ void choose(int bin) {
    if (distance < 0) {
      distance = bin;
      return;
    }
    shift -= bin_bits;
    prefix = prefix << bin_bits | static_cast<unsigned>(bin);
  }
};

/** As two words and a carry: no instruction adds 64 bits to shared memory. */
__device__ __forceinline__ void add_weight(Shared& shared, int bin, Wide weight) {
  if (weight == 0) return;
  const auto low = static_cast<unsigned>(weight);
  const unsigned before = atomicAdd(&shared.low_weights[bin], low);
  const unsigned high = static_cast<unsigned>(weight >> 32) + (before + low < before ? 1 : 0);
  if (high != 0) atomicAdd(&shared.high_weights[bin], high);
}

/** A warp finds the first bin from the top with which there is enough; else it is the lowest one. */
template <class Enough>
__device__ __forceinline__ void choose_bin(
    Shared& shared, unsigned count_above, Wide weight_above, const Enough& is_enough) {
  const int lane = threadIdx.x, top = bins - 1 - lane * lane_bins;
  const auto weight_of = [&](int bin) {
    return static_cast<Wide>(shared.high_weights[bin]) << 32 | shared.low_weights[bin];
  };
  unsigned count = 0;
  Wide weight = 0;
  for (int bin = top; bin > top - lane_bins; --bin) {
    count += shared.counts[bin];
    weight += weight_of(bin);
  }
  const unsigned count_before = count_above + before_lane(count);
  const Wide weight_before = weight_above + before_lane(weight);
  int first = -1, lowest = bins;
  count = count_before;
  weight = weight_before;
  for (int bin = top; bin > top - lane_bins; --bin) {
    if (shared.counts[bin] == 0) continue;
    lowest = bin;
    count += shared.counts[bin];
    weight += weight_of(bin);
    if (first < 0 && is_enough(count, weight)) first = bin;
  }
  first = warp_joined(first, Larger());
  const int chosen = first < 0 ? bins - warp_joined(bins - lowest, Larger()) : first;
  if (chosen > top || chosen <= top - lane_bins) return;
  count = count_before;
  weight = weight_before;
  for (int bin = top; bin > chosen; --bin) {
    count += shared.counts[bin];
    weight += weight_of(bin);
  }
  shared.chosen = chosen;
  shared.count_above = count;
  shared.weight_above = weight;
}

/** Of a bin with few tokens: each thread finds for its own what there is down to it. */
template <bool is_weighed, class Enough>
__device__ Wide last_candidate(
    const Logits& row, const Scope& scope, unsigned count, Wide weight, Shared& shared,
    const Enough& is_enough) {
  each_token(row.logits, row.vocabulary, [&](int token, float logit) {
    const Wide key = key_of(logit, token);
    if (!scope.has(row, logit, key)) return;
    const unsigned at = atomicAdd(&shared.listed_count, 1u);
    shared.candidates[at] = key;
    shared.candidate_weights[at] = is_weighed ? row.weight(logit) : 0;
  });
  __syncthreads();
  const bool is_listed = threadIdx.x < shared.listed_count;
  const Wide own = is_listed ? shared.candidates[threadIdx.x] : 0;
  for (unsigned other = 0; is_listed && other < shared.listed_count; ++other) {
    if (shared.candidates[other] < own) continue;
    ++count;
    weight += shared.candidate_weights[other];
  }
  const bool is_last = is_listed && is_enough(count, weight);
  const Wide found = block_joined(is_last ? own : 0, shared.scratch, Larger());
  const Wide lowest = ~block_joined(is_listed ? ~own : 0, shared.scratch, Larger());
  __syncthreads();
  // Where all of them are not enough, all are taken.
  return found != 0 ? found : lowest;
}

/**
 * The key with which the likeliest tokens down to it have a number or a weight that is enough. Bins by the
 * distance from the peak spread tokens evenly; if one has too many, they are told apart by their keys, eight
 * bits at a time.
 */
template <bool is_weighed, class Enough>
__device__ Wide threshold(const Logits& row, Wide from, Shared& shared, const Enough& is_enough) {
  Scope scope = {from};
  unsigned count_above = 0;
  Wide weight_above = 0;
  while (true) {
    for (int bin = threadIdx.x; bin < bins; bin += threads)
      shared.counts[bin] = shared.low_weights[bin] = shared.high_weights[bin] = 0;
    if (threadIdx.x == 0) shared.listed_count = 0;
    __syncthreads();
    each_token(row.logits, row.vocabulary, [&](int token, float logit) {
      const Wide key = key_of(logit, token);
      if (!scope.has(row, logit, key)) return;
      const int bin = scope.bin(row, logit, key);
      atomicAdd(&shared.counts[bin], 1u);
      if constexpr (is_weighed) add_weight(shared, bin, row.weight(logit));
    });
    __syncthreads();
    if (threadIdx.x < 32) choose_bin(shared, count_above, weight_above, is_enough);
    __syncthreads();
    count_above = shared.count_above;
    weight_above = shared.weight_above;
    scope.choose(shared.chosen);
    const unsigned left = shared.counts[shared.chosen];
    __syncthreads();
    if (left <= candidates_max) break;
  }
  return last_candidate<is_weighed>(row, scope, count_above, weight_above, shared, is_enough);
}

}  // namespace

}  // namespace plinth::cuda
