/** What each of several GPUs holds of a model: views of its files. */
#include "shards.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace plinth::cuda {

namespace {

size_t bytes_of(Element element) { return element == Element::f32 ? 4 : element == Element::f8 ? 1 : 2; }

/** From `first` on, as many as there are up to `count`. */
Tensor rows_of(Tensor from, int first, int count) {
  if (!from.data) return from;
  const int begin = std::min(first, from.rows);
  const size_t value_bytes = bytes_of(from.element);
  const size_t row_codes =
      from.is_packed ? (static_cast<size_t>(from.columns) * from.bits + 31) / 32 * 4 : from.columns;
  from.data += begin * (from.bits == 0 ? from.columns * value_bytes : row_codes);
  if (from.element == Element::f8 && !from.has_one_scale) from.scales += begin * bytes_of(from.scale_element);
  if (from.bits != 0) from.scales += static_cast<size_t>(begin) * (from.columns / from.group) * value_bytes;
  from.rows = std::min(count, from.rows - begin);
  return from;
}

Tensor columns_of(Tensor from, int first, int count) {
  if (!from.data) return from;
  const size_t value_bytes = bytes_of(from.element);
  from.file_columns = from.columns;
  if (from.bits == 0) {
    from.data += first * value_bytes;
  } else {
    const bool is_of_row = from.group == from.columns;
    if (!is_of_row && (first % from.group != 0 || count % from.group != 0))
      throw std::runtime_error(
          "groups of " + std::to_string(from.group) + " weights with a scale are not cut evenly");
    if (first * from.bits % 8 != 0) throw std::runtime_error("a rank's weights begin within a byte");
    from.file_groups = from.columns / from.group;
    from.data += static_cast<size_t>(first) * (from.is_packed ? from.bits : 8) / 8;
    if (is_of_row)
      from.group = count;
    else
      from.scales += first / from.group * value_bytes;
  }
  from.columns = count;
  return from;
}

int part_of(int whole, int ranks, const char* what) {
  if (whole % ranks == 0) return whole / ranks;
  throw std::runtime_error(
      std::to_string(ranks) + " GPUs do not cut " + what + " (" + std::to_string(whole) + ") evenly");
}

}  // namespace

Shape shard_of(const Shape& whole, const Share& share) {
  Shape out = whole;
  out.heads = part_of(whole.heads, share.ranks, "attention heads");
  out.kv_heads = whole.kv_heads / share.ranks;
  if (whole.kv_heads < share.ranks) {
    // Ranks that outnumber the heads of keys and values share them in groups.
    part_of(share.ranks, whole.kv_heads, "themselves by heads of keys and values");
    out.kv_heads = 1;
  } else {
    part_of(whole.kv_heads, share.ranks, "heads of keys and values");
  }
  // Models of experts alone have a feed-forward size that nothing is made of.
  out.intermediate = whole.intermediate / share.ranks;
  out.mixture.intermediate = whole.mixture.intermediate / share.ranks;
  return out;
}

ModelTensors shard_of(const ModelTensors& whole, const Shape& shape, const Share& share) {
  if (share.ranks == 1) return whole;
  const Shape part = shard_of(shape, share);
  const int queries = part.heads * shape.head_values, first_query = queries * share.rank;
  const int keys = part.kv_heads * shape.head_values;
  const int first_key = share.rank * shape.kv_heads / share.ranks * shape.head_values;
  const auto divide = [&](Tensor& gate, Tensor& up, Tensor& down) {
    const int size = part_of(gate.rows, share.ranks, "a feed-forward size");
    for (Tensor* of : {&gate, &up}) *of = rows_of(*of, size * share.rank, size);
    down = columns_of(down, size * share.rank, size);
  };
  ModelTensors out = whole;
  for (LayerTensors& layer : out.layers) {
    layer.query = rows_of(layer.query, first_query, queries);
    layer.query_bias = columns_of(layer.query_bias, first_query, queries);
    for (Tensor* of : {&layer.key, &layer.value}) *of = rows_of(*of, first_key, keys);
    for (Tensor* of : {&layer.key_bias, &layer.value_bias}) *of = columns_of(*of, first_key, keys);
    layer.output = columns_of(layer.output, first_query, queries);
    if (!share.is_first()) layer.output_bias = {};
    divide(layer.gate, layer.up, layer.down);
    for (ExpertTensors& expert : layer.experts)
      divide(expert.gate, expert.up, expert.down);
  }
  const int tokens = share.tokens(shape.vocabulary);
  for (Tensor* of : {&out.embedding, &out.head}) *of = rows_of(*of, tokens * share.rank, tokens);
  return out;
}

}  // namespace plinth::cuda
