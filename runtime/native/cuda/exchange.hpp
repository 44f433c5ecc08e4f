/** What ranks tell each other within a step: parts of sums, and parts of rows. */
#pragma once
#include "memory.hpp"
#include "nccl.hpp"
#include "shards.hpp"

namespace plinth::cuda {

/** All ranks must call the same things for the same numbers of rows; one rank alone calls nothing. */
class Exchange {
 public:
  /** Of a rank that is alone. */
  Exchange() = default;
  /** `step_values` are the most of one call: more than there is room for go in several rounds of rows. */
  Exchange(const Communicators* communicators, const Share& share, size_t row_values, size_t step_values);

  /**
   * Rows of partial sums become, or are added to, rows of `output`, summed in the order of the ranks. An
   * all-reduce of NCCL would be less to send, but adds in an order that depends on how much there is of it: a
   * row's bits would depend on who else is in the step.
   */
  void sum(const float* parts, float* output, int rows, int stride, bool is_added, cudaStream_t) const;
  /** Each rank has `part` values of every row: the first rank gets whole ones of `values`. */
  void join(
      const float* parts, int part, int part_stride, float* output, int values, int stride, int rows,
      cudaStream_t) const;

  size_t bytes() const { return gathered_.bytes(); }

 private:
  template <class Take>
  void gather(const float* parts, int rows, int stride, cudaStream_t, const Take& take) const;

  const Communicators* communicators_ = nullptr;
  Share share_;
  /** Of one rank. */
  size_t room_ = 0;
  Memory gathered_;
};

}  // namespace plinth::cuda
