/**
 * From logits to a token, a block for each row, by the rules of ../sampling.cpp: adjustments, mask, then
 * temperature, min-p, top-k and top-p, each over what the one before left; the draw goes through the tokens
 * that are left in order of their numbers. Weights are summed as whole numbers, so that their order is free.
 */
#include "arithmetic.cuh"
#include "warp.cuh"

namespace plinth::cuda {

namespace {

using Wide = unsigned long long;

constexpr int threads = 256;
constexpr int non_finite = 1, nothing_allowed = 2;
constexpr int bins = 256, bin_bits = 8, key_bits = 64;

/** The likeliest token's weight. */
constexpr float one = 0x1p44f;

struct Shared {
  Wide weights[bins], scratch[threads / 32], pieces[threads], listed[alternatives_max];
  unsigned counts[bins], listed_count;
  int chosen;
  Wide above, key;
};

/** Grows with the logit; of equal ones the lower token's is larger. */
__device__ __forceinline__ Wide key_of(float logit, int token) {
  const uint32_t bits = __float_as_uint(logit + 0.0f);
  const uint32_t order = bits >> 31 ? ~bits : bits | 0x80000000u;
  return static_cast<Wide>(order) << 32 | static_cast<uint32_t>(~token);
}

__device__ __forceinline__ int token_of(Wide key) { return static_cast<int>(~static_cast<uint32_t>(key)); }

/** From 0 to below 1, by nothing but the seed and the position (Philox 4x32-10; Salmon et al., SC 2011). */
__device__ double uniform(uint64_t seed, uint64_t position) {
  uint32_t a = static_cast<uint32_t>(position), b = static_cast<uint32_t>(position >> 32), c = 0, d = 0;
  uint32_t first_key = static_cast<uint32_t>(seed), second_key = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t first = 0xD2511F53ull * a, second = 0xCD9E8D57ull * c;
    a = static_cast<uint32_t>(second >> 32) ^ b ^ first_key;
    b = static_cast<uint32_t>(second);
    c = static_cast<uint32_t>(first >> 32) ^ d ^ second_key;
    d = static_cast<uint32_t>(first);
    first_key += 0x9E3779B9u;
    second_key += 0xBB67AE85u;
  }
  return static_cast<double>((static_cast<uint64_t>(a) << 32 | b) >> 11) * 0x1.0p-53;
}

/** A row whose peak is known: what each token weighs. */
struct Logits {
  const float* logits;
  int vocabulary;
  float peak, rate, least;

  __device__ __forceinline__ Wide key(int token) const { return key_of(logits[token], token); }
  __device__ __forceinline__ Wide weight(int token) const {
    const float share = exponential((logits[token] - peak) * rate);
    return share < least ? 0 : static_cast<Wide>(share * one);
  }
  /** Of a token of those whose keys are `from` at least. */
  __device__ __forceinline__ Wide weight_from(int token, Wide from) const {
    return key(token) >= from ? weight(token) : 0;
  }
};

/** The weights of all tokens whose keys are `from` at least. */
__device__ Wide total_of(const Logits& row, Wide from, Shared& shared) {
  Wide total = 0;
  for (int token = threadIdx.x; token < row.vocabulary; token += threads)
    total += row.weight_from(token, from);
  return block_joined(total, shared.scratch, Sum());
}

/**
 * The key with which the likeliest tokens down to it have a number or a weight that is enough; found eight
 * bits at a time.
 */
template <class Enough>
__device__ Wide threshold(const Logits& row, Wide from, Shared& shared, const Enough& is_enough) {
  Wide prefix = 0;
  unsigned count_above = 0;
  Wide weight_above = 0;
  for (int shift = key_bits - bin_bits; shift >= 0; shift -= bin_bits) {
    for (int bin = threadIdx.x; bin < bins; bin += threads) {
      shared.weights[bin] = 0;
      shared.counts[bin] = 0;
    }
    __syncthreads();
    for (int token = threadIdx.x; token < row.vocabulary; token += threads) {
      const Wide key = row.key(token);
      if (key < from || (shift < key_bits - bin_bits && key >> (shift + bin_bits) != prefix)) continue;
      const unsigned bin = static_cast<unsigned>(key >> shift) % bins;
      atomicAdd(&shared.counts[bin], 1u);
      atomicAdd(&shared.weights[bin], row.weight(token));
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int bin = bins, lowest = 0;
      unsigned count = count_above;
      Wide weight = weight_above;
      while (--bin >= 0) {
        if (shared.counts[bin] == 0) continue;
        lowest = bin;
        if (is_enough(count + shared.counts[bin], weight + shared.weights[bin])) break;
        count += shared.counts[bin];
        weight += shared.weights[bin];
      }
      // Where all of them are not enough, all are taken.
      if (bin < 0) {
        count -= shared.counts[lowest];
        weight -= shared.weights[lowest];
      }
      shared.chosen = lowest;
      shared.listed_count = count;
      shared.above = weight;
    }
    __syncthreads();
    prefix = prefix << bin_bits | static_cast<unsigned>(shared.chosen);
    count_above = shared.listed_count;
    weight_above = shared.above;
    __syncthreads();
  }
  return prefix;
}

/** The first token with which the weights reach beyond the mark; -1 where none does. */
__device__ int token_beyond(const Logits& row, Wide from, double mark, Shared& shared) {
  int first = 0, length = row.vocabulary;
  Wide before = 0;
  while (true) {
    const int piece = (length + threads - 1) / threads;
    const int begin = first + min(length, static_cast<int>(threadIdx.x) * piece);
    const int end = min(first + length, begin + piece);
    Wide sum = 0;
    for (int token = begin; token < end; ++token) sum += row.weight_from(token, from);
    shared.pieces[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
      shared.chosen = -1;
      shared.above = before;
      for (int at = 0; at < threads; ++at) {
        if (static_cast<double>(shared.above + shared.pieces[at]) > mark) {
          shared.chosen = at;
          break;
        }
        shared.above += shared.pieces[at];
      }
    }
    __syncthreads();
    const int chosen = shared.chosen;
    before = shared.above;
    __syncthreads();
    if (chosen < 0) return -1;
    first += chosen * piece;
    length = min(length - chosen * piece, piece);
    if (piece == 1) return first;
  }
}

/** Adjusts and masks, and finds the peak; false where no token can be chosen. */
__device__ bool prepare(const Sampling& args, const Row& at, int index, float* logits, Shared& shared) {
  int strange = 0;
  for (int token = threadIdx.x; token < args.vocabulary; token += threads) {
    if (args.cap > 0.0f) logits[token] = capped(logits[token], args.cap);
    strange |= !isfinite(logits[token]);
  }
  __syncthreads();
  const int s = at.sequence;
  for (int i = args.adjust_start[s] + threadIdx.x; i < args.adjust_start[s + 1]; i += threads) {
    float& logit = logits[args.adjust_token[i]];
    const float scale = args.adjust_scale[i];
    logit = (logit > 0 ? logit / scale : logit * scale) + args.adjust_add[i];
    strange |= isnan(logit) || logit == INFINITY;
  }
  __syncthreads();
  if (at.mask >= 0) {
    const int32_t* words = args.allowed + static_cast<size_t>(at.mask) * args.mask_words;
    for (int token = threadIdx.x; token < args.vocabulary; token += threads)
      if ((static_cast<uint32_t>(words[token / 32]) >> token % 32 & 1) == 0) logits[token] = -INFINITY;
  }
  Wide largest = 0;
  for (int token = threadIdx.x; token < args.vocabulary; token += threads)
    largest = Larger()(largest, key_of(logits[token], token));
  const bool is_strange = block_joined(static_cast<Wide>(strange), shared.scratch, Larger()) != 0;
  shared.key = block_joined(largest, shared.scratch, Larger());
  __syncthreads();
  const bool is_empty = logits[token_of(shared.key)] == -INFINITY;
  if (threadIdx.x == 0) {
    args.sampled[index] = -1;
    args.status[index] = is_strange ? non_finite : is_empty ? nothing_allowed : 0;
  }
  return !is_strange && !is_empty;
}

__device__ int draw(const Sampling& args, const Row& at, Logits row, int likeliest, Shared& shared) {
  const int s = at.sequence, top_k = args.top_k[s];
  const float top_p = args.top_p[s];
  row.rate = 1.0f / fmaxf(args.temperature[s], 1e-30f);
  row.least = args.min_p[s];
  Wide from = 0;
  if (top_k > 0 && top_k < row.vocabulary) {
    const unsigned wanted = top_k;
    from = threshold(row, 0, shared, [&](unsigned count, Wide) { return count >= wanted; });
  }
  if (top_p < 1.0f) {
    const double enough = static_cast<double>(top_p) * static_cast<double>(total_of(row, from, shared));
    from = threshold(row, from, shared, [&](unsigned, Wide weight) {
      return static_cast<double>(weight) >= enough;
    });
  }
  const double total = static_cast<double>(total_of(row, from, shared));
  const double mark = uniform(args.seed[s], args.positions[at.token]) * total;
  const int token = token_beyond(row, from, mark, shared);
  return token < 0 ? likeliest : token;
}

/** Log probabilities before temperature; the likeliest tokens by their rank among those that are told. */
__device__ void tell(
    const Sampling& args, const Row& at, int index, const Logits& row, int sampled, Shared& shared) {
  const double total = static_cast<double>(total_of(row, 0, shared)) / static_cast<double>(one);
  const double base = static_cast<double>(row.peak) + log(total);
  if (threadIdx.x == 0) args.logprob[index] = static_cast<float>(row.logits[sampled] - base);
  const int wanted = min(args.logprobs[at.sequence], min(args.top_logprobs, args.vocabulary));
  if (wanted == 0) return;
  const Wide from = threshold(
      row, 0, shared, [&](unsigned count, Wide) { return count >= static_cast<unsigned>(wanted); });
  if (threadIdx.x == 0) shared.listed_count = 0;
  __syncthreads();
  for (int token = threadIdx.x; token < row.vocabulary; token += threads)
    if (row.key(token) >= from) shared.listed[atomicAdd(&shared.listed_count, 1u)] = row.key(token);
  __syncthreads();
  for (int i = threadIdx.x; i < wanted; i += threads) {
    const Wide key = shared.listed[i];
    size_t rank = static_cast<size_t>(index) * args.top_logprobs;
    for (int other = 0; other < wanted; ++other) rank += shared.listed[other] > key;
    args.top_tokens[rank] = token_of(key);
    args.top_logprob[rank] = static_cast<float>(row.logits[token_of(key)] - base);
  }
}

__global__ void __launch_bounds__(threads) sample_rows(Sampling args, const Counts* counts) {
  const int index = args.first_row + static_cast<int>(blockIdx.x);
  if (index >= counts->sampled) return;
  Shared& shared = *reinterpret_cast<Shared*>(block_memory);
  const Row at = args.rows[index];
  float* logits = args.logits + static_cast<size_t>(blockIdx.x) * args.stride;
  if (!prepare(args, at, index, logits, shared)) return;
  const int likeliest = token_of(shared.key);
  const Logits row = {logits, args.vocabulary, logits[likeliest], 1.0f, 0.0f};
  const bool is_greedy = args.temperature[at.sequence] == 0.0f;
  const int sampled = is_greedy ? likeliest : draw(args, at, row, likeliest, shared);
  if (threadIdx.x == 0) args.sampled[index] = sampled;
  if (args.logprobs[at.sequence] >= 0) tell(args, at, index, row, sampled, shared);
}

}  // namespace

void sample(const Sampling& args, const Counts* counts, int rows, cudaStream_t stream) {
  launch(sample_rows, dim3(rows, 1, 1), threads, sizeof(Shared), stream, args, counts);
}

}  // namespace plinth::cuda
