/**
 * From logits to a token: adjustments, mask, then temperature, min-p, top-k and top-p, each over what the one
 * before left. Among equally likely tokens the lower one comes first. Sums run in one order, in doubles.
 */
#include "sampling.hpp"

#include <algorithm>
#include <cmath>

namespace plinth {

namespace {

constexpr int32_t non_finite = 1, nothing_allowed = 2;

struct Likelier {
  const float* logits;
  bool operator()(int32_t a, int32_t b) const {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  }
};

}  // namespace

double uniform(uint64_t seed, uint64_t position) {
  uint32_t counter[4] = {static_cast<uint32_t>(position), static_cast<uint32_t>(position >> 32), 0, 0};
  uint32_t key[2] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    const uint64_t first = 0xD2511F53ull * counter[0], second = 0xCD9E8D57ull * counter[2];
    const uint32_t next[4] = {
        static_cast<uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(second),
        static_cast<uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(first)};
    std::copy(next, next + 4, counter);
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  const uint64_t bits = (static_cast<uint64_t>(counter[0]) << 32 | counter[1]) >> 11;
  return static_cast<double>(bits) * 0x1.0p-53;
}

Sampler::Sampler(int vocabulary, int top_logprobs)
    : vocabulary_(vocabulary), top_logprobs_(top_logprobs), order_(vocabulary), weights_(vocabulary) {}

void Sampler::sample(const Step& step, int s, float* logits) {
  step.sampled[s] = -1;
  step.status[s] = 0;
  if (!prepare(step, s, logits)) return;
  sorted_ = 0;
  step.sampled[s] = step.temperature[s] == 0.0f ? likeliest_ : draw(step, s, logits);
  if (step.logprobs[s] >= 0) tell(step, s, logits);
}

/** Adjusts and masks; false where no token can be chosen. */
bool Sampler::prepare(const Step& step, int s, float* logits) {
  // What is finite stays so when it is multiplied with zero.
  float probe = 0.0f;
  for (int token = 0; token < vocabulary_; ++token) probe += logits[token] * 0.0f;
  for (int i = step.adjust_start[s]; i < step.adjust_start[s + 1]; ++i) {
    float& logit = logits[step.adjust_token[i]];
    const float scale = step.adjust_scale[i];
    logit = (logit > 0 ? logit / scale : logit * scale) + step.adjust_add[i];
    if (std::isnan(logit) || logit == INFINITY) probe = NAN;
  }
  if (!(probe == 0.0f)) {
    step.status[s] = non_finite;
    return false;
  }
  if (step.is_masked[s]) {
    const int32_t* words = step.allowed + static_cast<size_t>(s) * step.mask_words;
    for (int token = 0; token < vocabulary_; ++token) {
      if ((static_cast<uint32_t>(words[token / 32]) >> token % 32 & 1) == 0) logits[token] = -INFINITY;
    }
  }
  likeliest_ = 0;
  for (int token = 1; token < vocabulary_; ++token) {
    if (logits[token] > logits[likeliest_]) likeliest_ = token;
  }
  peak_ = logits[likeliest_];
  if (peak_ == -INFINITY) step.status[s] = nothing_allowed;
  return peak_ != -INFINITY;
}

/** Brings the likeliest tokens to the front of `order_`, in order: at least `count` of them. */
void Sampler::sort_first(const float* logits, size_t count) {
  if (sorted_ >= count) return;
  if (sorted_ == 0) {
    for (int token = 0; token < vocabulary_; ++token) order_[token] = token;
  }
  const auto from = order_.begin() + sorted_, to = order_.begin() + count;
  if (to != order_.end()) std::nth_element(from, to, order_.end(), Likelier{logits});
  std::sort(from, to, Likelier{logits});
  sorted_ = count;
}

/** How many of the `kept` likeliest tokens it takes for a share of their weight. */
size_t Sampler::nucleus(const float* logits, size_t kept, double share) {
  double total = 0;
  if (kept < static_cast<size_t>(vocabulary_)) {
    sort_first(logits, kept);
    for (size_t i = 0; i < kept; ++i) total += weights_[order_[i]];
  } else {
    for (const double weight : weights_) total += weight;
  }
  double so_far = 0;
  for (size_t i = 0; i < kept; ++i) {
    if (i >= sorted_) sort_first(logits, std::min(kept, std::max<size_t>(64, sorted_ * 8)));
    so_far += weights_[order_[i]];
    if (so_far >= share * total) return i + 1;
  }
  return kept;
}

int Sampler::draw(const Step& step, int s, const float* logits) {
  const double temperature = step.temperature[s];
  const double least = step.min_p[s];
  for (int token = 0; token < vocabulary_; ++token) {
    const double weight = std::exp((static_cast<double>(logits[token]) - peak_) / temperature);
    weights_[token] = weight >= least ? weight : 0.0;
  }
  const size_t all = vocabulary_;
  size_t kept = step.top_k[s] > 0 ? std::min(all, static_cast<size_t>(step.top_k[s])) : all;
  if (step.top_p[s] < 1.0f) kept = nucleus(logits, kept, step.top_p[s]);
  if (kept < all) {
    sort_first(logits, kept);
    for (size_t i = kept; i < all; ++i) weights_[order_[i]] = 0.0;
  }
  double total = 0;
  for (const double weight : weights_) total += weight;
  const uint64_t position = step.positions[step.query_start[s + 1] - 1];
  const double mark = uniform(step.seed[s], position) * total;
  double so_far = 0;
  int last = likeliest_;
  for (int token = 0; token < vocabulary_; ++token) {
    if (weights_[token] == 0.0) continue;
    so_far += weights_[token];
    last = token;
    if (mark < so_far) break;
  }
  return last;
}

/** Log probabilities before temperature. */
void Sampler::tell(const Step& step, int s, const float* logits) {
  double total = 0;
  for (int token = 0; token < vocabulary_; ++token) total += std::exp(static_cast<double>(logits[token]) - peak_);
  const double base = peak_ + std::log(total);
  step.logprob[s] = static_cast<float>(logits[step.sampled[s]] - base);
  const size_t count = std::min({step.logprobs[s], top_logprobs_, vocabulary_});
  if (count == 0) return;
  sort_first(logits, count);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = static_cast<size_t>(s) * top_logprobs_ + i;
    step.top_tokens[at] = order_[i];
    step.top_logprob[at] = static_cast<float>(logits[order_[i]] - base);
  }
}

}  // namespace plinth
