/** A model on one GPU, or shared by several. */
#include "ranks.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "crew.hpp"

namespace plinth::cuda {

struct Ranks::Shared {
  ModelOptions options;
  RankOptions ranks;
  Communicators communicators;
  std::vector<std::unique_ptr<Model>> models;
  std::optional<Crew> crew;
  int adapters = 0;
  bool is_lost = false;

  Model& first() const { return *models[0]; }
  /** Waits for what the ranks were told; see `Crew`. */
  bool finish(double milliseconds) {
    try {
      return crew->finish(milliseconds, [this] { communicators.abort(); });
    } catch (const std::exception&) {
      is_lost = true;
      throw;
    }
  }
};

namespace {

/** Whoever started the engine awaits it for so long at most (`startSeconds`). */
constexpr double load_seconds = 7200;
/** To give memory back. */
constexpr double close_seconds = 30;

}  // namespace

Ranks::Ranks(
    const ModelOptions& options, const ModelTensors& tensors, const std::vector<AdapterTensors>& adapters,
    const RankOptions& ranks)
    : shared_(std::make_shared<Shared>()) {
  shared_->options = options;
  shared_->ranks = ranks;
  shared_->models.resize(ranks.ranks);
  shared_->adapters = static_cast<int>(adapters.size());
  if (ranks.ranks == 1) {
    shared_->models[0] = std::make_unique<Model>(options, tensors, adapters, Share(), nullptr);
    return;
  }
  if (!adapters.empty()) throw std::runtime_error("adapters are not divided among GPUs");
  int devices = 0;
  require(cudaGetDeviceCount(&devices), "GPUs cannot be counted");
  if (devices < ranks.ranks)
    throw std::runtime_error(
        "engine.tensorParallel: " + std::to_string(ranks.ranks) + " GPUs are asked for, and there are " +
        std::to_string(devices));
  shared_->communicators = Communicators(ranks.ranks, ranks.libraries);
  shared_->crew.emplace(ranks.ranks);
  load(tensors);
}

void Ranks::load(const ModelTensors& tensors) {
  const auto job = [shared = shared_, &tensors](int rank) {
    const Share share = {rank, shared->ranks.ranks};
    ModelOptions own = shared->options;
    own.shape = shard_of(shared->options.shape, share);
    own.threads = std::max(1, own.threads / share.ranks);
    const ModelTensors part = shard_of(tensors, shared->options.shape, share);
    shared->models[rank] =
        std::make_unique<Model>(own, part, std::vector<AdapterTensors>(), share, &shared->communicators);
  };
  shared_->crew->start(job, load_seconds);
  shared_->finish(INFINITY);
}

Ranks::~Ranks() {
  if (!shared_->crew) return;
  // Memory, streams and graphs go where they came from; graphs before the communicators that they name.
  const auto job = [shared = shared_](int rank) {
    shared->models[rank].reset();
    if (!shared->is_lost) shared->communicators.close(rank);
  };
  try {
    shared_->finish(INFINITY);
    shared_->crew->start(job, close_seconds);
    shared_->finish(INFINITY);
  } catch (const std::exception&) {
    // Nobody is left to be told; what a rank does not give back goes with its process.
  }
  // A thread that ends keeps what it works with: the crew must not be waiting for itself.
  shared_->crew.reset();
}

void Ranks::start(const Step& step) {
  const Shared& all = *shared_;
  if (under_way_ == 0)
    begin(step);
  else
    check_step(
        step, all.options.limits, all.options.shape.vocabulary, blocks(), all.adapters, &steps_[0]);
  steps_[under_way_++] = step;
}

void Ranks::begin(const Step& step) {
  Shared& all = *shared_;
  if (!all.crew) return all.first().start(step);
  if (all.is_lost) throw std::runtime_error("CUDA: the device was lost in an earlier step");
  check_step(step, all.options.limits, all.options.shape.vocabulary, blocks(), 0);
  const auto job = [shared = shared_, step](int rank) {
    shared->models[rank]->start(step);
    shared->models[rank]->finish(INFINITY);
  };
  all.crew->start(job, all.ranks.seconds);
}

bool Ranks::finish(double milliseconds) {
  try {
    if (!finish_first(milliseconds)) return false;
    const Step before = steps_[0];
    if (--under_way_ == 0) return true;
    steps_[0] = steps_[1];
    fill_in(steps_[0], before, shared_->options.shape.vocabulary);
    begin(steps_[0]);
    return true;
  } catch (const std::exception&) {
    // The device is lost, with all that it computed.
    under_way_ = 0;
    throw;
  }
}

bool Ranks::finish_first(double milliseconds) {
  return shared_->crew ? shared_->finish(milliseconds) : shared_->first().finish(milliseconds);
}

std::string Ranks::name() const {
  const int last = shared_->ranks.ranks - 1;
  std::string name = shared_->first().name();
  return last == 0 ? name : name.insert(name.find(' '), "-" + std::to_string(last));
}

size_t Ranks::weight_bytes() const { return shared_->first().weight_bytes(); }
int Ranks::blocks() const { return shared_->first().blocks(); }
size_t Ranks::cache_bytes() const { return shared_->first().cache_bytes(); }
size_t Ranks::workspace_bytes() const { return shared_->first().workspace_bytes(); }

}  // namespace plinth::cuda
