/** A model on one GPU, or shared by several: each rank has a thread, a stream and graphs of its own. */
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "model.hpp"

namespace plinth::cuda {

struct RankOptions {
  int ranks = 1;
  /** Where NCCL may be, in this order. */
  std::vector<std::string> libraries;
  /** How long a step may take before the ranks are given up. */
  double seconds = 0;
};

class Ranks {
 public:
  Ranks(
      const ModelOptions& options, const ModelTensors& tensors, const std::vector<AdapterTensors>& adapters,
      const RankOptions& ranks);
  ~Ranks();

  /**
   * Steps that may be under way. A second one is begun where the first is found to have ended: page-locked
   * memory has room for what one of them is told and answers.
   */
  static constexpr int steps_at_once = 2;
  /** Throws std::range_error where the step is none; after any other error no step is possible any more. */
  void start(const Step& step);
  /** Whether the first has ended; waits for it, for so many milliseconds at most. */
  bool finish(double milliseconds);

  const char* path() const { return "cuda"; }
  std::string name() const;
  /** Of one GPU: the first, which has most. */
  size_t weight_bytes() const;
  size_t cache_bytes() const;
  int blocks() const;
  size_t workspace_bytes() const;

 private:
  struct Shared;
  void load(const ModelTensors& tensors);
  void begin(const Step& step);
  bool finish_first(double milliseconds);

  /** Those that are under way, in order. */
  Step steps_[steps_at_once] = {};
  int under_way_ = 0;
  /** Its threads keep it for as long as one of them is at work. */
  std::shared_ptr<Shared> shared_;
};

}  // namespace plinth::cuda
