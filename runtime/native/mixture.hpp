/** Which experts each token of a step goes to, and in which rows they find it. */
#pragma once
#include <cstdint>
#include <vector>

#include "kernels.hpp"

namespace plinth {

/** Numbers of the layers that choose among experts; 0 experts where no layer does. */
struct MixtureShape {
  int experts, chosen;
  /** Values between both products of an expert. */
  int intermediate;
  /** The shares of the chosen ones are made to sum to one. */
  bool is_normalised;
};

/** Rows of one expert lie together, from the beginning of a tile on; what lies between is never read. */
class Routes {
 public:
  Routes() = default;
  Routes(const MixtureShape& shape, int tokens);

  /** The most rows of all experts together. */
  int rows_max() const { return static_cast<int>(tokens_.size()); }
  int choices() const { return shape_.chosen; }

  /** Chooses for one token, by nothing but its own logits, which become weights. Any thread. */
  void choose(const KernelSet& kernels, float* logits, int token);
  /** Gives the tokens that have chosen their rows. */
  void assign(int tokens);

  int count(int expert) const { return counts_[expert]; }
  int start(int expert) const { return starts_[expert]; }
  /** By token and then by choice, the likeliest first: its row and its share. */
  int row(int pair) const { return rows_[pair]; }
  float share(int pair) const { return shares_[pair]; }
  /** By row: its token. */
  const int32_t* tokens() const { return tokens_.data(); }

 private:
  MixtureShape shape_ = {};
  std::vector<int32_t> experts_, rows_, tokens_, counts_, starts_;
  std::vector<float> shares_;
};

}  // namespace plinth
