/** What ranks tell each other within a step. */
#include "exchange.hpp"

#include <algorithm>

namespace plinth::cuda {

namespace {

/** What is gathered at a time may take so much, unless one row takes more. */
constexpr size_t gathered_bytes_max = size_t{64} << 20;

}  // namespace

Exchange::Exchange(
    const Communicators* communicators, const Share& share, size_t row_values, size_t step_values)
    : communicators_(communicators), share_(share) {
  const size_t most = gathered_bytes_max / sizeof(float) / share.ranks;
  room_ = std::max(row_values, std::min(step_values, most));
  gathered_ = Memory(room_ * share.ranks * sizeof(float));
}

/** `take` is told the first row and the number of those that were gathered. */
template <class Take>
void Exchange::gather(
    const float* parts, int rows, int stride, cudaStream_t stream, const Take& take) const {
  const int round = static_cast<int>(room_ / stride);
  for (int first = 0; first < rows; first += round) {
    const int count = std::min(round, rows - first);
    communicators_->gather(
        share_.rank, parts + static_cast<size_t>(first) * stride, gathered_.as<float>(),
        static_cast<size_t>(count) * stride, stream);
    take(first, count);
  }
}

void Exchange::sum(
    const float* parts, float* output, int rows, int stride, bool is_added, cudaStream_t stream) const {
  gather(parts, rows, stride, stream, [&](int first, int count) {
    const size_t values = static_cast<size_t>(count) * stride;
    add_parts(
        {gathered_.as<float>(), share_.ranks, values, output + static_cast<size_t>(first) * stride, is_added},
        stream);
  });
}

void Exchange::join(
    const float* parts, int part, int part_stride, float* output, int values, int stride, int rows,
    cudaStream_t stream) const {
  gather(parts, rows, part_stride, stream, [&](int first, int count) {
    if (!share_.is_first()) return;
    join_parts(
        {gathered_.as<float>(), part, part_stride, output + static_cast<size_t>(first) * stride, values,
         stride, count},
        stream);
  });
}

}  // namespace plinth::cuda
