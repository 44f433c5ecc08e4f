/** What each of several GPUs holds of a model. */
#pragma once
#include "../model.hpp"

namespace plinth::cuda {

/** One of the ranks that share a model. */
struct Share {
  int rank = 0, ranks = 1;

  bool is_first() const { return rank == 0; }
  /** Tokens whose embeddings and logits each rank has; the last ranks may have fewer. */
  int tokens(int vocabulary) const { return (vocabulary + ranks - 1) / ranks; }
};

/** Of the model, as one rank computes it. Throws where heads or sizes do not come out whole. */
Shape shard_of(const Shape& whole, const Share& share);

/**
 * Views of the files, nothing is copied. Heads, feed-forward sizes and tokens are divided: the matrices that
 * make them by their outputs, those that take them by their inputs. Heads of keys and values that are fewer
 * than the ranks are held by several of them. What is added to sums of all ranks is the first one's alone.
 */
ModelTensors shard_of(const ModelTensors& whole, const Shape& shape, const Share& share);

}  // namespace plinth::cuda
