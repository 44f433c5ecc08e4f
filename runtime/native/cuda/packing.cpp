/** How weights come to the device: packed in the order in which it reads them. */
#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

Memory Model::copied(const void* from, size_t bytes) {
  Memory out(bytes);
  require(cudaMemcpyAsync(out.as<void>(), from, bytes, cudaMemcpyHostToDevice, stream_), "no copy");
  require(cudaStreamSynchronize(stream_), "weights cannot be copied");
  return out;
}

Memory Model::floats(const std::vector<Tensor>& sources, int padded, float added) {
  std::vector<float> values = joined(sources, padded);
  for (float& value : values) value += added;
  return copied(values.data(), values.size() * sizeof(float));
}

/** `row_of` writes an output's weights, and answers whether there are any. */
template <class RowOf>
Matrix Model::packed(int units, int inputs, const RowOf& row_of) {
  Matrix out;
  out.units = units;
  out.groups = rounded_up(inputs, group_inputs) / group_inputs;
  const int outputs = units * unit_outputs;
  std::vector<uint16_t> values(static_cast<size_t>(outputs) * out.groups * group_inputs);
  threads_.run(outputs, tile_outputs, [&](int first, int last) {
    std::vector<float> row(inputs);
    std::vector<uint16_t> narrowed(inputs);
    for (int output = first; output < last; ++output) {
      if (!row_of(output, row.data())) continue;
      narrow(row.data(), inputs, reinterpret_cast<uint8_t*>(narrowed.data()), 2);
      for (int i = 0; i < inputs; ++i) values[packed_at(output, i, out.groups)] = narrowed[i];
    }
  });
  out.memory = copied(values.data(), values.size() * sizeof(uint16_t));
  return out;
}

/** The rows of all sources one below the other. */
Matrix Model::pack(const std::vector<Tensor>& sources, int outputs) {
  const int units = rounded_up(outputs, unit_outputs) / unit_outputs;
  return packed(units, sources[0].columns, [&](int output, float* row) {
    for (const Tensor& source : sources) {
      if (output < source.rows) return source.row(output, row), true;
      output -= source.rows;
    }
    return false;
  });
}

/** Of each unit the first tile from `gate`, the second from `up`; experts one behind the other. */
Matrix Model::pack_gated(const std::vector<ExpertTensors>& sources) {
  const Tensor& like = sources[0].gate;
  const int units = rounded_up(like.rows, group_inputs) / tile_outputs, outputs = units * unit_outputs;
  Matrix out = packed(units * static_cast<int>(sources.size()), like.columns, [&](int output, float* row) {
    const ExpertTensors& source = sources[output / outputs];
    const int at = output % outputs, from = at / unit_outputs * tile_outputs + at % tile_outputs;
    if (from >= like.rows) return false;
    (at % unit_outputs < tile_outputs ? source.gate : source.up).row(from, row);
    return true;
  });
  out.units = units;
  return out;
}

Matrix Model::pack_down(const std::vector<ExpertTensors>& sources) {
  const Tensor& like = sources[0].down;
  const int units = rounded_up(like.rows, unit_outputs) / unit_outputs, outputs = units * unit_outputs;
  Matrix out = packed(units * static_cast<int>(sources.size()), like.columns, [&](int output, float* row) {
    if (output % outputs >= like.rows) return false;
    sources[output / outputs].down.row(output % outputs, row);
    return true;
  });
  out.units = units;
  return out;
}

void Model::load(const ModelTensors& tensors) {
  const int queries = shape_.heads * shape_.head_values, keys = shape_.kv_heads * shape_.head_values;
  const auto norm = [&](const Tensor& weights) {
    return weights.data ? floats({weights}, weights.columns, shape_.norm_shift) : Memory();
  };
  for (const LayerTensors& from : tensors.layers) {
    Layer layer;
    layer.input_norm = norm(from.input_norm);
    layer.post_norm = norm(from.post_norm);
    layer.attention_norm = norm(from.attention_norm);
    layer.feed_forward_norm = norm(from.feed_forward_norm);
    layer.query_norm = norm(from.query_norm);
    layer.key_norm = norm(from.key_norm);
    layer.qkv = pack({from.query, from.key, from.value}, queries + 2 * keys);
    layer.output = pack({from.output}, shape_.hidden);
    const bool has_experts = !from.experts.empty();
    const std::vector<ExpertTensors> one = {{from.gate, from.up, from.down}};
    layer.gated = pack_gated(has_experts ? from.experts : one);
    layer.down = pack_down(has_experts ? from.experts : one);
    if (has_experts) layer.router = pack({from.router}, shape_.mixture.experts);
    if (from.query_bias.data)
      layer.qkv_bias =
          floats({from.query_bias, from.key_bias, from.value_bias}, layer.qkv.units * unit_outputs);
    if (from.output_bias.data)
      layer.output_bias = floats({from.output_bias}, layer.output.units * unit_outputs);
    layers_.push_back(std::move(layer));
  }
  final_norm_ = norm(tensors.final_norm);
  uint8_t scale[2];
  narrow(&shape_.embedding_scale, 1, scale, sizeof scale);
  Tensor{scale, Element::bf16, 1, 1}.row(0, &shape_.embedding_scale);
  head_ = pack({tensors.head.data ? tensors.head : tensors.embedding}, shape_.vocabulary);
  if (tensors.head.data) embedding_ = pack({tensors.embedding}, shape_.vocabulary);
}

}  // namespace plinth::cuda
