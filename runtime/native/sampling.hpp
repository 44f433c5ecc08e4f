/** From logits to a token. */
#pragma once
#include <cstddef>
#include <vector>

#include "step.hpp"

namespace plinth {

/** What one thread needs to choose a token; made once. */
class Sampler {
 public:
  Sampler(int vocabulary, int top_logprobs);

  /** Answers for sequence `s`, whose logits are changed in place. */
  void sample(const Step& step, int s, float* logits);

 private:
  bool prepare(const Step& step, int s, float* logits);
  int draw(const Step& step, int s, const float* logits);
  void tell(const Step& step, int s, const float* logits);
  void sort_first(const float* logits, size_t count);
  size_t nucleus(const float* logits, size_t kept, double share);

  int vocabulary_, top_logprobs_;
  float peak_ = 0;
  int likeliest_ = 0;
  std::vector<int32_t> order_;
  size_t sorted_ = 0;
  std::vector<double> weights_;
};

/** From 0 to below 1, by nothing but the seed and the position (Philox 4x32-10; Salmon et al., SC 2011). */
double uniform(uint64_t seed, uint64_t position);

}  // namespace plinth
