/** Adapters of low rank: how they come to the device, and how products are told of what they add. */
#include "../adapters.hpp"

#include <algorithm>
#include <stdexcept>

#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

namespace {

/** Numbers of adapters that a product can be told of: see `Added`. */
constexpr size_t adapters_max = 63;

/** The part and its row that an output of a product is. */
struct Place {
  int part, row;
};

Place place_of(const AdapterParts& parts, int output) {
  const int tile = output / tile_outputs;
  if (parts.is_gated) return {tile % 2, tile / 2 * tile_outputs + output % tile_outputs};
  for (size_t part = 0; part + 1 < parts.outputs.size(); ++part) {
    if (output < parts.outputs[part]) return {static_cast<int>(part), output};
    output -= parts.outputs[part];
  }
  return {static_cast<int>(parts.outputs.size()) - 1, output};
}

std::vector<float> down_of(const AdapterParts& parts, const LowRank& low, int columns) {
  std::vector<float> out(static_cast<size_t>(low.inner) * columns);
  for (size_t part = 0; part < parts.pairs.size(); ++part) {
    const Tensor& down = parts.pairs[part].down;
    for (int row = 0; down.data && row < down.rows; ++row)
      down.row(row, &out[static_cast<size_t>(low.start[part] + row) * columns]);
  }
  return out;
}

std::vector<float> up_of(const AdapterParts& parts, const LowRank& low, int outputs) {
  std::vector<float> out(static_cast<size_t>(low.rank) * outputs), row(low.rank);
  for (int output = 0; output < outputs; ++output) {
    const Place place = place_of(parts, output);
    const Tensor& up = parts.pairs[place.part].up;
    if (!up.data || place.row >= up.rows) continue;
    up.row(place.row, row.data());
    for (int inner = 0; inner < up.columns; ++inner)
      out[static_cast<size_t>(inner) * outputs + output] = row[inner];
  }
  return out;
}

}  // namespace

/** What an adapter adds to one product; null weights where it adds nothing. */
LowRank Model::low_rank(
    Adapted& product, const AdapterTensors& adapter, const AdapterParts& parts, const Matrix& matrix) {
  LowRank low = {};
  low.rank = rounded_up(adapter.rank, inner_step);
  low.scale = adapter.scale;
  for (size_t part = 0; part < parts.pairs.size(); ++part) {
    const bool is_adapted = parts.pairs[part].down.data;
    low.start[part] = is_adapted ? low.inner : -1;
    if (is_adapted) low.inner += low.rank;
  }
  if (low.inner == 0) return low;
  const auto kept = [&](const std::vector<float>& values) {
    product.weights.push_back(copied(values.data(), values.size() * sizeof(float)));
    return product.weights.back().as<float>();
  };
  low.down = kept(down_of(parts, low, matrix.groups * group_inputs));
  low.up = kept(up_of(parts, low, matrix.units * unit_outputs));
  return low;
}

void Model::add_product(
    Matrix& matrix, const std::vector<AdapterTensors>& adapters,
    const std::function<AdapterParts(const AdapterTensors&)>& parts_of) {
  Adapted product;
  std::vector<LowRank> table(adapters.size() + 1);
  for (size_t index = 0; index < adapters.size(); ++index) {
    LowRank& low = table[index + 1] =
        low_rank(product, adapters[index], parts_of(adapters[index]), matrix);
    if (low.inner > 0) product.adapters |= uint64_t{1} << (index + 1);
    product.inner_max = std::max(product.inner_max, low.inner);
  }
  std::vector<uint8_t> part_of(matrix.units * 2);
  const AdapterParts parts = parts_of(adapters[0]);
  for (size_t tile = 0; tile < part_of.size(); ++tile)
    part_of[tile] = static_cast<uint8_t>(place_of(parts, tile * tile_outputs).part);
  product.table = copied(table.data(), table.size() * sizeof(LowRank));
  product.part_of = copied(part_of.data(), part_of.size());
  matrix.product = static_cast<int>(adapted_.size());
  adapted_.push_back(std::move(product));
}

void Model::load_adapters(const std::vector<AdapterTensors>& adapters) {
  if (adapters.empty()) return;
  if (adapters.size() > adapters_max) throw std::runtime_error("the CUDA device has 63 adapters at most");
  const int queries = shape_.heads * shape_.head_values, keys = shape_.kv_heads * shape_.head_values;
  const int hidden = shape_.hidden, intermediate = shape_.intermediate;
  int outputs = 0, inner = 0;
  for (size_t index = 0; index < layers_.size(); ++index) {
    Layer& layer = layers_[index];
    const auto add = [&](Matrix& matrix, const auto& parts_of) {
      add_product(matrix, adapters, [&](const AdapterTensors& of) { return parts_of(of.layers[index]); });
      outputs = std::max(outputs, matrix.units * unit_outputs);
      inner = std::max(inner, adapted_.back().inner_max);
    };
    using From = const AdapterLayerTensors&;
    add(layer.qkv, [&](From from) -> AdapterParts {
      return {{from.query, from.key, from.value}, {queries, keys, keys}};
    });
    add(layer.output, [&](From from) -> AdapterParts { return {{from.output}, {hidden}}; });
    add(layer.gated, [&](From from) -> AdapterParts {
      return {{from.gate, from.up}, {intermediate, intermediate}, true};
    });
    add(layer.down, [&](From from) -> AdapterParts { return {{from.down}, {hidden}}; });
  }
  adapters_ = static_cast<int>(adapters.size());
  const size_t rows = options_.limits.step_tokens;
  inner_stride_ = inner;
  inner_ = Memory(rows * inner * sizeof(float));
  added_ = Memory(rows * outputs * sizeof(float));
  told_.adapter = Mirror<int32_t>(rows);
  // Steps that are captured have more rows than some that are run: those behind have numbers, too.
  require(
      cudaMemsetAsync(told_.adapter.there(), 0, told_.adapter.bytes(), stream_), "memory cannot be cleared");
}

/** Whether any token of the step has an adapter; all are told of theirs. */
bool Model::plan_adapters(const Step& step) {
  bool is_adapted = false;
  for (int s = 0; adapters_ > 0 && s < step.sequences; ++s) {
    is_adapted = is_adapted || step.adapter[s] > 0;
    std::fill(
        told_.adapter.here() + step.query_start[s], told_.adapter.here() + step.query_start[s + 1],
        step.adapter[s]);
  }
  return is_adapted;
}

/** Finds what is added to a product, and tells it. */
void Model::adapt(Product& args, const Matrix& matrix) {
  if (!is_adapted_ || matrix.product < 0) return;
  const Adapted& product = adapted_[matrix.product];
  if (product.adapters == 0) return;
  const Adapting adapting = {args.input,
                             args.input_stride,
                             matrix.groups * group_inputs,
                             matrix.units * unit_outputs,
                             product.table.as<LowRank>(),
                             told_.adapter.there(),
                             product.part_of.as<uint8_t>(),
                             product.inner_max,
                             inner_.as<float>(),
                             added_.as<float>(),
                             inner_stride_};
  add_adapters(adapting, told_.counts.there(), args.rows, stream_);
  args.added = {added_.as<float>(), told_.adapter.there(), product.adapters};
}

size_t Model::adapter_bytes() const {
  size_t bytes = 0;
  for (const Adapted& product : adapted_)
    for (const Memory& weights : product.weights) bytes += weights.bytes();
  return bytes;
}

}  // namespace plinth::cuda
