/** From logits to a token. */
#pragma once
#include <cstddef>
#include <vector>

#include "kernels.hpp"
#include "step.hpp"

namespace plinth {

/** What one thread needs to choose a token; made once. */
class Sampler {
 public:
  Sampler(const KernelSet& kernels, int vocabulary, int top_logprobs);

  /** Answers for a row, whose logits are changed in place. */
  void sample(const Step& step, const SampledRow& row, float* logits);

 private:
  bool prepare(const Step& step, const SampledRow& row, float* logits);
  void find_peak(const float* logits);
  int draw(const Step& step, const SampledRow& row, const float* logits);
  int draw_among(double share, size_t kept);
  void tell(const Step& step, const SampledRow& row, const float* logits);
  void sort_first(const float* logits, size_t count);
  size_t nucleus(const float* logits, size_t kept, double share);
  double weigh(const float* logits, float rate, float least);

  const KernelSet& kernels_;
  int vocabulary_, top_logprobs_;
  float peak_ = 0;
  int likeliest_ = 0;
  /** The likeliest tokens, the first `sorted_` of them in order. */
  std::vector<int32_t> order_;
  size_t sorted_ = 0;
  /** By token, the likeliest has 1; and sums of them by stretches of tokens. */
  std::vector<float> weights_;
  std::vector<double> stretches_;
  std::vector<int32_t> counts_;
};

/** From 0 to below 1, by nothing but the seed and the position (Philox 4x32-10; Salmon et al., SC 2011). */
double uniform(uint64_t seed, uint64_t position);

}  // namespace plinth
