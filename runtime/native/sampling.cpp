/**
 * From logits to a token: adjustments, mask, then temperature, min-p, top-k and top-p, each over what the one
 * before left. Among equally likely tokens the lower one comes first. The draw goes through the tokens that
 * are left in order of their numbers. Sums run in one order, in doubles.
 */
#include "sampling.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace plinth {

namespace {

constexpr int32_t non_finite = 1, nothing_allowed = 2;

/** Tokens whose weights are summed together, so that a draw need not go through all of them. */
constexpr int stretch = 512;
/** Of what is sorted at once, the least. */
constexpr size_t sorted_least = 64;
/** Logits are sorted into so many bins by their first bits before any are compared. */
constexpr int bin_bits = 11;

/** Grows with the logit. */
uint32_t bin_of(float logit) {
  uint32_t bits;
  std::memcpy(&bits, &logit, sizeof bits);
  return (bits >> 31 ? ~bits : bits | 0x80000000u) >> (32 - bin_bits);
}

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

Sampler::Sampler(const KernelSet& kernels, int vocabulary, int top_logprobs)
    : kernels_(kernels),
      vocabulary_(vocabulary),
      top_logprobs_(top_logprobs),
      weights_((vocabulary + 15) / 16 * 16),
      stretches_((vocabulary + stretch - 1) / stretch),
      counts_(1 << bin_bits) {
  order_.reserve(vocabulary);
}

void Sampler::sample(const Step& step, const SampledRow& row, float* logits) {
  step.sampled[row.answer] = -1;
  step.status[row.answer] = 0;
  if (!prepare(step, row, logits)) return;
  sorted_ = 0;
  const bool is_greedy = step.temperature[row.sequence] == 0.0f;
  step.sampled[row.answer] = is_greedy ? likeliest_ : draw(step, row, logits);
  if (step.logprobs[row.sequence] >= 0) tell(step, row, logits);
}

/** Adjusts and masks; false where no token can be chosen. */
bool Sampler::prepare(const Step& step, const SampledRow& row, float* logits) {
  const int s = row.sequence;
  // What is finite becomes zero when it is multiplied with zero, and nothing else does.
  float probes[16] = {};
  int token = 0;
  for (; token + 16 <= vocabulary_; token += 16) {
    for (int lane = 0; lane < 16; ++lane) probes[lane] += logits[token + lane] * 0.0f;
  }
  for (; token < vocabulary_; ++token) probes[0] += logits[token] * 0.0f;
  float probe = 0.0f;
  for (const float one : probes) probe += one;
  for (int i = step.adjust_start[s]; i < step.adjust_start[s + 1]; ++i) {
    float& logit = logits[step.adjust_token[i]];
    const float scale = step.adjust_scale[i];
    logit = (logit > 0 ? logit / scale : logit * scale) + step.adjust_add[i];
    if (std::isnan(logit) || logit == INFINITY) probe = NAN;
  }
  if (!(probe == 0.0f)) {
    step.status[row.answer] = non_finite;
    return false;
  }
  if (step.is_masked[s]) {
    const int32_t* words = step.allowed + static_cast<size_t>(s) * step.mask_words;
    for (int masked = 0; masked < vocabulary_; ++masked) {
      if ((static_cast<uint32_t>(words[masked / 32]) >> masked % 32 & 1) == 0) logits[masked] = -INFINITY;
    }
  }
  find_peak(logits);
  if (peak_ == -INFINITY) step.status[row.answer] = nothing_allowed;
  return peak_ != -INFINITY;
}

void Sampler::find_peak(const float* logits) {
  float peaks[16];
  std::fill(peaks, peaks + 16, -INFINITY);
  int token = 0;
  for (; token + 16 <= vocabulary_; token += 16) {
    for (int lane = 0; lane < 16; ++lane) {
      peaks[lane] = peaks[lane] > logits[token + lane] ? peaks[lane] : logits[token + lane];
    }
  }
  for (; token < vocabulary_; ++token) peaks[0] = std::max(peaks[0], logits[token]);
  peak_ = *std::max_element(peaks, peaks + 16);
  likeliest_ = 0;
  while (logits[likeliest_] != peak_) ++likeliest_;
}

/** Weights of all tokens, those below `least` as zeros; answers their sum. */
double Sampler::weigh(const float* logits, float rate, float least) {
  kernels_.weigh(logits, peak_, rate, vocabulary_, weights_.data());
  double total = 0;
  for (size_t at = 0; at < stretches_.size(); ++at) {
    const int first = static_cast<int>(at) * stretch, last = std::min(first + stretch, vocabulary_);
    double part = 0;
    for (int token = first; token < last; ++token) {
      if (weights_[token] < least) weights_[token] = 0.0f;
      part += weights_[token];
    }
    stretches_[at] = part;
    total += part;
  }
  return total;
}

/** Brings the likeliest tokens to the front of `order_`, in order: at least `count` of them. */
void Sampler::sort_first(const float* logits, size_t count) {
  if (sorted_ >= count) return;
  count = std::min<size_t>(vocabulary_, std::max(count, sorted_least));
  std::fill(counts_.begin(), counts_.end(), 0);
  for (int token = 0; token < vocabulary_; ++token) ++counts_[bin_of(logits[token])];
  uint32_t bin = 1u << bin_bits;
  for (size_t above = 0; above < count;) above += counts_[--bin];
  order_.clear();
  for (int token = 0; token < vocabulary_; ++token) {
    if (bin_of(logits[token]) >= bin) order_.push_back(token);
  }
  const auto end = order_.begin() + count;
  if (end != order_.end()) std::nth_element(order_.begin(), end, order_.end(), Likelier{logits});
  std::sort(order_.begin(), end, Likelier{logits});
  sorted_ = count;
}

/** How many of the `kept` likeliest tokens it takes for a share of their weight. */
size_t Sampler::nucleus(const float* logits, size_t kept, double share) {
  double total = 0;
  if (kept < static_cast<size_t>(vocabulary_)) {
    sort_first(logits, kept);
    for (size_t i = 0; i < kept; ++i) total += weights_[order_[i]];
  } else {
    for (const double part : stretches_) total += part;
  }
  double so_far = 0;
  for (size_t i = 0; i < kept; ++i) {
    if (i >= sorted_) sort_first(logits, std::min(kept, std::max(sorted_least, sorted_ * 8)));
    so_far += weights_[order_[i]];
    if (so_far >= share * total) return i + 1;
  }
  return kept;
}

int Sampler::draw(const Step& step, const SampledRow& row, const float* logits) {
  const int s = row.sequence;
  // Below this temperature nothing but the likeliest is left anyway.
  const float rate = 1.0f / std::max(step.temperature[s], 1e-30f);
  const double total = weigh(logits, rate, step.min_p[s]);
  const size_t all = vocabulary_;
  size_t kept = step.top_k[s] > 0 ? std::min(all, static_cast<size_t>(step.top_k[s])) : all;
  if (step.top_p[s] < 1.0f) kept = nucleus(logits, kept, step.top_p[s]);
  const double share = uniform(step.seed[s], step.positions[row.token]);
  if (kept < all) {
    sort_first(logits, kept);
    return draw_among(share, kept);
  }
  double mark = share * total;
  for (size_t at = 0; at < stretches_.size(); mark -= stretches_[at++]) {
    if (mark >= stretches_[at]) continue;
    const int first = static_cast<int>(at) * stretch, last = std::min(first + stretch, vocabulary_);
    int chosen = likeliest_;
    for (int token = first; token < last && mark >= 0; ++token) {
      if (weights_[token] > 0) chosen = token;
      mark -= weights_[token];
    }
    return chosen;
  }
  return likeliest_;
}

/** Among the first of `order_`, which are brought into the order of their numbers. */
int Sampler::draw_among(double share, size_t kept) {
  std::vector<int32_t>& tokens = order_;
  std::sort(tokens.begin(), tokens.begin() + kept);
  sorted_ = 0;
  double total = 0;
  for (size_t i = 0; i < kept; ++i) total += weights_[tokens[i]];
  double mark = share * total;
  for (size_t i = 0; i < kept; ++i) {
    mark -= weights_[tokens[i]];
    if (mark < 0) return tokens[i];
  }
  return likeliest_;
}

/** Log probabilities before temperature. */
void Sampler::tell(const Step& step, const SampledRow& row, const float* logits) {
  const double base = peak_ + std::log(weigh(logits, 1.0f, 0.0f));
  step.logprob[row.answer] = static_cast<float>(logits[step.sampled[row.answer]] - base);
  const size_t count = std::min({step.logprobs[row.sequence], top_logprobs_, vocabulary_});
  if (count == 0) return;
  sort_first(logits, count);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = static_cast<size_t>(row.answer) * top_logprobs_ + i;
    step.top_tokens[at] = order_[i];
    step.top_logprob[at] = static_cast<float>(logits[order_[i]] - base);
  }
}

}  // namespace plinth
