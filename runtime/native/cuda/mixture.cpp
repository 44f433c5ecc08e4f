/** Layers that choose among experts, whose tokens are grouped on the device. */
#include <algorithm>

#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

namespace {

/** Rows that a block takes of an expert: about twice as many as experts have on average. */
int part_rows_of(int pairs, int experts) {
  for (const int rows : {8, 16, 32, 64})
    if (pairs * 2 <= rows * experts) return rows;
  return 128;
}

/** The most parts that so many pairs of a token and an expert can make. */
int parts_of(int pairs, int experts, int part_rows) {
  return std::min(pairs, std::min(experts, pairs) + pairs / part_rows);
}

}  // namespace

void Model::reserve_mixture() {
  const MixtureShape& shape = shape_.mixture;
  const auto chooses = [](const Layer& layer) { return layer.router.units > 0; };
  const auto first = std::find_if(layers_.begin(), layers_.end(), chooses);
  if (first == layers_.end()) return;
  const size_t tokens = options_.limits.step_tokens, pairs = tokens * shape.chosen;
  const int parts = parts_of(static_cast<int>(pairs), shape.experts, 8);
  mixture_.gated_stride = first->gated.units * tile_outputs;
  mixture_.logits = Memory(tokens * first->router.units * unit_outputs * sizeof(float));
  for (Memory* by_pair : {&mixture_.choices, &mixture_.rows, &mixture_.tokens})
    *by_pair = Memory(pairs * sizeof(int32_t));
  mixture_.shares = Memory(pairs * sizeof(float));
  mixture_.parts = Memory(parts * sizeof(Part));
  mixture_.gated = Memory(pairs * mixture_.gated_stride * sizeof(uint16_t));
  mixture_.outputs = Memory(pairs * hidden_stride_ * sizeof(float));
}

size_t Model::mixture_bytes() const {
  size_t bytes = mixture_.logits.bytes() + mixture_.shares.bytes() + mixture_.parts.bytes();
  bytes += mixture_.choices.bytes() + mixture_.rows.bytes() + mixture_.tokens.bytes();
  return bytes + mixture_.gated.bytes() + mixture_.outputs.bytes();
}

void Model::mix(const Extent& extent, const Layer& layer) {
  const MixtureShape& shape = shape_.mixture;
  const Counts* counts = told_.counts.there();
  const int tokens = extent.tokens, pairs = tokens * shape.chosen;
  const int part_rows = part_rows_of(pairs, shape.experts);
  const int parts = parts_of(pairs, shape.experts, part_rows);
  const int logit_stride = layer.router.units * unit_outputs;
  const Routes routes = {shape.experts,
                         shape.chosen,
                         shape.is_normalised,
                         mixture_.logits.as<float>(),
                         logit_stride,
                         mixture_.choices.as<int32_t>(),
                         mixture_.rows.as<int32_t>(),
                         mixture_.shares.as<float>(),
                         mixture_.tokens.as<int32_t>(),
                         mixture_.parts.as<Part>()};
  norm(layer.post_norm, tokens);
  // Sums of one order: GPUs that share the model, but are not alike, would choose other experts by others.
  cuda::product(
      product(
          normed_, normed_stride_, tokens, layer.router, {}, mixture_.logits, logit_stride, Finish::store),
      stream_);
  choose(routes, counts, tokens, stream_);
  assign(routes, counts, part_rows, parts, stream_);
  Product to_experts = product(
      normed_, normed_stride_, part_rows, layer.gated, {}, mixture_.gated, mixture_.gated_stride, gate());
  Product from_experts = product(
      mixture_.gated, mixture_.gated_stride, part_rows, layer.down, {}, mixture_.outputs, hidden_stride_,
      Finish::store);
  to_experts.parts = from_experts.parts = routes.parts;
  to_experts.part_count = from_experts.part_count = parts;
  to_experts.sources = routes.tokens;
  cuda::product(to_experts, stream_);
  cuda::product(from_experts, stream_);
  // All ranks choose alike, and each has a part of what every expert gives.
  const bool is_alone = share_.ranks == 1;
  const Choices choices = {
      mixture_.outputs.as<float>(), (is_alone ? hidden_ : parts_).as<float>(), hidden_stride_, shape_.hidden,
      is_alone};
  add_choices(routes, choices, counts, tokens, stream_);
  if (is_alone) return;
  exchange_.sum(parts_.as<float>(), hidden_.as<float>(), tokens, hidden_stride_, true, stream_);
}

}  // namespace plinth::cuda
