/** Adapters of low rank: how they are read, and what they add to a step's products. */
#include "adapters.hpp"

#include <algorithm>

#include "model.hpp"

namespace plinth {

namespace {

constexpr int panel_columns = 16;

/** The part and its row that an output of a product is. */
struct Place {
  int part, row;
};

Place place_of(const AdapterParts& parts, int panel, int lane) {
  if (parts.is_gated) return {panel % 2, panel / 2 * panel_columns + lane};
  int row = panel * panel_columns + lane;
  for (size_t part = 0; part + 1 < parts.outputs.size(); ++part) {
    if (row < parts.outputs[part]) return {static_cast<int>(part), row};
    row -= parts.outputs[part];
  }
  return {static_cast<int>(parts.outputs.size()) - 1, row};
}

}  // namespace

size_t Adapter::bytes() const {
  size_t bytes = 0;
  for (const AdapterProduct& product : products) bytes += product.down.bytes() + product.up.bytes();
  return bytes;
}

AdapterProduct pack_adapter(const AdapterParts& parts, int rank, const Matrix& matrix) {
  AdapterProduct out;
  for (const AdapterPair& pair : parts.pairs) {
    if (pair.down.data) out.columns = rounded_up(pair.down.columns, panel_columns);
  }
  if (out.columns == 0) return out;
  out.parts = static_cast<int>(parts.pairs.size());
  const size_t columns = out.columns;
  out.down = Region(columns * rank * out.parts * sizeof(float));
  for (int part = 0; part < out.parts; ++part) {
    const Tensor& down = parts.pairs[part].down;
    std::vector<float> row(columns);
    for (int index = 0; down.data && index < down.rows; ++index) {
      down.row(index, row.data());
      const int at = part * rank + index;
      float* panel = out.down.as<float>() + at / panel_columns * columns * panel_columns;
      for (int k = 0; k < down.columns; ++k) panel[k * panel_columns + at % panel_columns] = row[k];
    }
  }
  const int panels = matrix.units * 2;
  out.up = Region(static_cast<size_t>(panels) * rank * panel_columns * sizeof(float));
  std::vector<float> row(rank);
  for (int panel = 0; panel < panels; ++panel) {
    out.part_of.push_back(static_cast<uint8_t>(place_of(parts, panel, 0).part));
    float* to = out.up.as<float>() + static_cast<size_t>(panel) * rank * panel_columns;
    for (int lane = 0; lane < panel_columns; ++lane) {
      const Place place = place_of(parts, panel, lane);
      const Tensor& up = parts.pairs[place.part].up;
      if (!up.data || place.row >= up.rows) continue;
      up.row(place.row, row.data());
      for (int index = 0; index < up.columns; ++index) to[index * panel_columns + lane] = row[index];
    }
  }
  return out;
}

void Model::load_adapters(const std::vector<AdapterTensors>& all) {
  const int queries = shape_.heads * shape_.head_values, keys = shape_.kv_heads * shape_.head_values;
  int inner = 0;
  for (const AdapterTensors& from : all) {
    Adapter adapter;
    adapter.rank = rounded_up(from.rank, panel_columns);
    adapter.scale = from.scale;
    inner = std::max(inner, adapter.rank * 3);
    for (size_t index = 0; index < from.layers.size(); ++index) {
      const AdapterLayerTensors& told = from.layers[index];
      Layer& layer = layers_[index];
      const auto add = [&](Matrix& matrix, const AdapterParts& parts) {
        matrix.product = static_cast<int>(adapter.products.size());
        adapter.products.push_back(pack_adapter(parts, adapter.rank, matrix));
      };
      add(layer.qkv, {{told.query, told.key, told.value}, {queries, keys, keys}});
      add(layer.output, {{told.output}, {shape_.hidden}});
      add(layer.gated, {{told.gate, told.up}, {shape_.intermediate, shape_.intermediate}, true});
      add(layer.down, {{told.down}, {shape_.hidden}});
    }
    adapters_.push_back(std::move(adapter));
  }
  if (adapters_.empty()) return;
  const size_t rows = options_.limits.step_tokens;
  const int widest =
      std::max({layers_[0].qkv.stride(), layers_[0].output.stride(), layers_[0].gated.stride()});
  added_ = Region(rows * widest * sizeof(float));
  inner_ = Region(rows * inner * sizeof(float));
  inner_stride_ = inner;
  is_added_.resize(rows);
  adapters_of_.resize(rows);
}

void Model::plan_adapters(const Step& step) {
  adapted_.clear();
  if (adapters_.empty()) return;
  for (int s = 0; s < step.sequences; ++s) {
    for (int token = step.query_start[s]; token < step.query_start[s + 1]; ++token) {
      adapters_of_[token] = static_cast<uint8_t>(step.adapter[s]);
      if (step.adapter[s] > 0) adapted_.push_back(token);
    }
  }
}

/** Tells the product what to add to which rows. */
void Model::adapt(Gemm& gemm, const Matrix& matrix) {
  if (adapted_.empty() || matrix.product < 0) return;
  std::fill(is_added_.begin(), is_added_.begin() + gemm.rows, 0);
  for (const int token : adapted_)
    is_added_[token] = adapters_[adapters_of_[token] - 1].products[matrix.product].parts > 0;
  const auto low_rank = [&](int token) -> LowRank {
    const Adapter& adapter = adapters_[adapters_of_[token] - 1];
    const AdapterProduct& product = adapter.products[matrix.product];
    return {gemm.input,
            gemm.inputs,
            product.columns,
            product.down.as<float>(),
            product.up.as<float>(),
            product.part_of.data(),
            adapter.rank,
            product.parts,
            adapter.scale,
            inner_.as<float>() + static_cast<size_t>(token) * inner_stride_,
            added_.as<float>() + static_cast<size_t>(token) * matrix.stride()};
  };
  const int rows = static_cast<int>(adapted_.size()), panels = matrix.units * 2;
  const int inner_panels = inner_stride_ / panel_columns;
  threads_.run(rows * inner_panels, 4, [&](int first, int last) {
    for (int item = first; item < last; ++item) {
      const int token = adapted_[item / inner_panels];
      const LowRank low = low_rank(token);
      if (item % inner_panels < low.parts * low.rank / panel_columns)
        kernels_.low_rank_down(low, token, item % inner_panels);
    }
  });
  threads_.run(rows * panels, 64, [&](int first, int last) {
    for (int item = first; item < last; ++item) {
      const LowRank low = low_rank(adapted_[item / panels]);
      if (low.parts > 0) kernels_.low_rank_up(low, item % panels);
    }
  });
  gemm.added = added_.as<float>();
  gemm.added_stride = matrix.stride();
  gemm.is_added = is_added_.data();
}

}  // namespace plinth
