/** Adapters of low rank: what they hold, in the order in which kernels read it. */
#pragma once
#include <vector>

#include "memory.hpp"
#include "weights.hpp"

namespace plinth {

/** Both matrices of one linear layer, as they lie in a file; `data` is null where it is not adapted. */
struct AdapterPair {
  Tensor down, up;
};

struct AdapterLayerTensors {
  AdapterPair query, key, value, output, gate, up, down;
};

struct AdapterTensors {
  int rank = 0;
  /** Of what it adds. */
  float scale = 0;
  std::vector<AdapterLayerTensors> layers;
};

/** What an adapter adds to one product of the model, all of whose parts have inputs in common. */
struct AdapterProduct {
  /** Both empty where nothing is added: see `LowRank`. */
  Region down, up;
  /** By panel of outputs. */
  std::vector<uint8_t> part_of;
  int parts = 0;
  int columns = 0;
};

struct Adapter {
  /** Padded. */
  int rank = 0;
  float scale = 0;
  /** By product of the model: see `Matrix::product`. */
  std::vector<AdapterProduct> products;

  size_t bytes() const;
};

/** Parts of a product, in order of its outputs, and the outputs that each has. */
struct AdapterParts {
  std::vector<AdapterPair> pairs;
  std::vector<int> outputs;
  /** Panels belong to both parts by turns, as those of `pack_gated`. */
  bool is_gated = false;
};

AdapterProduct pack_adapter(const AdapterParts& parts, int rank, const Matrix& matrix);

}  // namespace plinth
