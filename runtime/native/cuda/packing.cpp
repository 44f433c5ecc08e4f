/** How weights come to the device: packed in the order in which it reads them. */
#include <algorithm>

#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

namespace {

/** A tensor and which of its rows, where an output has one. */
struct Source {
  const Tensor* tensor;
  int index;
};

}  // namespace

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

/** Codes stay codes: behind a row's end, and where an output has no row, they are those of zero. */
template <class RowOf>
void Model::pack_codes(Matrix& out, const Tensor& like, const RowOf& row_of) {
  Codes& codes = out.codes;
  codes.is_float = like.element == Element::f8;
  codes.bits = codes.is_float ? 8 : like.bits;
  codes.scale_bytes = (codes.is_float ? like.scale_element : like.element) == Element::bf16 ? 2 : 4;
  const bool is_grouped = !codes.is_float && like.group != like.columns;
  codes.scale_groups = is_grouped ? like.group / group_inputs : out.groups;
  const int outputs = out.units * unit_outputs, zero = codes.is_float ? 0 : 1 << (codes.bits - 1);
  const int count = (out.groups + codes.scale_groups - 1) / codes.scale_groups;
  std::vector<uint8_t> packed(
      static_cast<size_t>(outputs) * out.groups * group_inputs * codes.bits / 8,
      codes.bits == 8 ? zero : zero * 17);
  std::vector<uint8_t> scales(static_cast<size_t>(outputs) * count * codes.scale_bytes);
  threads_.run(outputs, tile_outputs, [&](int first, int last) {
    std::vector<int8_t> row(like.columns);
    std::vector<float> scales_of_row(count);
    for (int output = first; output < last; ++output) {
      const Source from = row_of(output);
      if (!from.tensor) continue;
      from.tensor->codes(from.index, row.data());
      from.tensor->row_scales(from.index, scales_of_row.data());
      for (int i = 0; i < like.columns; ++i) {
        const size_t at = code_at(output, i, out.groups, codes.bits);
        const int code = row[i] + zero;
        uint8_t& byte = packed[at / 2];
        byte = codes.bits == 8 ? code : at % 2 == 0 ? (byte & 0xf0) | code : (byte & 0x0f) | code << 4;
      }
      for (int i = 0; i < count; ++i)
        narrow(
            &scales_of_row[i], 1, &scales[scale_at(output, i, count) * codes.scale_bytes],
            codes.scale_bytes);
    }
  });
  out.memory = copied(packed.data(), packed.size());
  out.scales = copied(scales.data(), scales.size());
  codes.scales = out.scales.as<void>();
}

/** Sources that are quantised in different ways are expanded. */
template <class RowOf>
Matrix Model::packed(int units, const std::vector<Tensor>& sources, const RowOf& row_of) {
  const Tensor& like = sources[0];
  const int inputs = like.columns, outputs = units * unit_outputs;
  Matrix out;
  out.units = units;
  out.groups = rounded_up(inputs, group_inputs) / group_inputs;
  const auto is_like = [&](const Tensor& source) { return source.is_like(like); };
  const bool has_codes = like.bits != 0 || like.element == Element::f8;
  if (has_codes && std::all_of(sources.begin(), sources.end(), is_like)) {
    pack_codes(out, like, row_of);
    return out;
  }
  std::vector<uint16_t> values(static_cast<size_t>(outputs) * out.groups * group_inputs);
  threads_.run(outputs, tile_outputs, [&](int first, int last) {
    std::vector<float> row(inputs);
    std::vector<uint16_t> narrowed(inputs);
    for (int output = first; output < last; ++output) {
      const Source from = row_of(output);
      if (!from.tensor) continue;
      from.tensor->row(from.index, row.data());
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
  return packed(units, sources, [&](int output) -> Source {
    for (const Tensor& source : sources) {
      if (output < source.rows) return {&source, output};
      output -= source.rows;
    }
    return {};
  });
}

/** Of each unit the first tile from `gate`, the second from `up`; experts one behind the other. */
Matrix Model::pack_gated(const std::vector<ExpertTensors>& sources) {
  const Tensor& like = sources[0].gate;
  const int units = rounded_up(like.rows, group_inputs) / tile_outputs, outputs = units * unit_outputs;
  std::vector<Tensor> all;
  for (const ExpertTensors& source : sources) all.insert(all.end(), {source.gate, source.up});
  Matrix out = packed(units * static_cast<int>(sources.size()), all, [&](int output) -> Source {
    const int at = output % outputs, row = at / unit_outputs * tile_outputs + at % tile_outputs;
    if (row >= like.rows) return {};
    return {&all[output / outputs * 2 + (at % unit_outputs < tile_outputs ? 0 : 1)], row};
  });
  out.units = units;
  return out;
}

Matrix Model::pack_down(const std::vector<ExpertTensors>& sources) {
  const Tensor& like = sources[0].down;
  const int units = rounded_up(like.rows, unit_outputs) / unit_outputs, outputs = units * unit_outputs;
  std::vector<Tensor> all;
  for (const ExpertTensors& source : sources) all.push_back(source.down);
  Matrix out = packed(units * static_cast<int>(sources.size()), all, [&](int output) -> Source {
    if (output % outputs >= like.rows) return {};
    return {&all[output / outputs], output % outputs};
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
  const int tokens = share_.tokens(shape_.vocabulary);
  head_ = pack({tensors.head.data ? tensors.head : tensors.embedding}, tokens);
  if (tensors.head.data) embedding_ = pack({tensors.embedding}, tokens);
}

}  // namespace plinth::cuda
