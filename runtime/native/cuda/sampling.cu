/**
 * From logits to a token, a block for each row, by the rules of ../sampling.cpp: adjustments, mask, then
 * temperature, min-p, top-k and top-p, each over what the one before left; the draw goes through the tokens
 * that are left in order of their numbers. Weights are summed as whole numbers, so that their order is free.
 */
#include "likeliest.cuh"

namespace plinth::cuda {

namespace {

constexpr int non_finite = 1, nothing_allowed = 2;

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

/** The first token with which the weights reach beyond the mark; -1 where none does. */
__device__ int token_beyond(const Logits& row, Wide from, double mark, Shared& shared) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int first = 0, length = row.vocabulary;
  Wide before = 0;
  while (true) {
    const int piece = (length + warps - 1) / warps;
    const int begin = first + min(length, warp * piece), end = min(first + length, begin + piece);
    Wide sum = 0;
    for (int token = begin + lane; token < end; token += 32)
      if (row.key(token) >= from) sum += row.weight(row.logits[token]);
    sum = warp_joined(sum, Sum());
    __syncthreads();
    if (lane == 0) shared.scratch[warp] = sum;
    __syncthreads();
    int chosen = 0;
    for (; chosen < warps; ++chosen) {
      if (static_cast<double>(before + shared.scratch[chosen]) > mark) break;
      before += shared.scratch[chosen];
    }
    if (chosen == warps) return -1;
    first += chosen * piece;
    length = min(length - chosen * piece, piece);
    if (piece == 1) return first;
  }
}

/** Adjusts and masks, and finds the peak; false where no token can be chosen. */
__device__ bool prepare(const Sampling& args, const Row& at, int index, float* logits, Shared& shared) {
  int strange = 0;
  each_token(logits, args.vocabulary, [&](int token, float logit) {
    if (args.cap > 0.0f) logits[token] = logit = capped(logit, args.cap);
    strange |= !isfinite(logit);
  });
  __syncthreads();
  const int s = at.sequence;
  for (int i = args.adjust_start[s] + threadIdx.x; i < args.adjust_start[s + 1]; i += threads) {
    float& logit = logits[args.adjust_token[i]];
    const float scale = args.adjust_scale[i];
    logit = (logit > 0 ? logit / scale : logit * scale) + args.adjust_add[i];
    strange |= isnan(logit) || logit == INFINITY;
  }
  __syncthreads();
  const int32_t* words = args.allowed + static_cast<size_t>(max(at.mask, 0)) * args.mask_words;
  Wide largest = 0;
  each_token(logits, args.vocabulary, [&](int token, float logit) {
    if (at.mask >= 0 && (static_cast<uint32_t>(words[token / 32]) >> token % 32 & 1) == 0)
      logits[token] = logit = -INFINITY;
    largest = Larger()(largest, key_of(logit, token));
  });
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
    from = threshold<false>(row, 0, shared, [&](unsigned count, Wide) { return count >= wanted; });
  }
  if (top_p < 1.0f) {
    const double enough = static_cast<double>(top_p) * static_cast<double>(total_of(row, from, shared));
    from = threshold<true>(row, from, shared, [&](unsigned, Wide weight) {
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
  const Wide from = threshold<false>(
      row, 0, shared, [&](unsigned count, Wide) { return count >= static_cast<unsigned>(wanted); });
  if (threadIdx.x == 0) shared.listed_count = 0;
  __syncthreads();
  each_token(row.logits, row.vocabulary, [&](int token, float logit) {
    const Wide key = key_of(logit, token);
    if (key >= from) shared.listed[atomicAdd(&shared.listed_count, 1u)] = key;
  });
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

void prepare_sampling() { prefer_shared(sample_rows); }

}  // namespace plinth::cuda
