/** NVIDIA's library for exchange between GPUs. */
#include "nccl.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "library-function.hpp"

namespace plinth::cuda {

namespace {

/** ncclSuccess and ncclFloat32 of nccl.h, which are the same in all versions 2. */
constexpr int success = 0, float32 = 7;

void* opened(const std::vector<std::string>& libraries) {
  std::string problems;
  for (const std::string& name : libraries) {
    if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    problems += std::string(problems.empty() ? "" : "; ") + dlerror();
  }
  throw std::runtime_error(
      "engine.tensorParallel: several GPUs need NCCL, which is not on this machine (" + problems +
      "): `npm run runtime -- doctor --install-cuda` fetches NVIDIA's, or set it to 1");
}

}  // namespace

struct Communicators::Meeting {
  std::mutex mutex;
  std::condition_variable changes;
  size_t arrived = 0;
  uint64_t round = 0;
  int least = 0, agreed = 0;
  bool is_aborted = false;

  void require_open() const {
    if (is_aborted) throw std::runtime_error("NCCL: the GPUs were given up");
  }
};

Communicators::Communicators(int ranks, const std::vector<std::string>& libraries)
    : ranks_(ranks), meeting_(std::make_shared<Meeting>()) {
  void* library = opened(libraries);
  find(library, "ncclCommInitAll", library_.init_all);
  find(library, "ncclAllGather", library_.all_gather);
  find(library, "ncclCommDestroy", library_.destroy);
  find(library, "ncclCommAbort", library_.abort);
  find(library, "ncclGetErrorString", library_.error);
  require(library_.init_all(ranks_.data(), ranks, nullptr), "GPUs do not find each other");
}

void Communicators::require(int code, const char* what) const {
  if (code == success) return;
  throw std::runtime_error(std::string("NCCL: ") + what + ": " + library_.error(code));
}

void Communicators::gather(
    int rank, const float* input, float* output, size_t count, cudaStream_t stream) const {
  {
    const std::lock_guard<std::mutex> lock(meeting_->mutex);
    meeting_->require_open();
  }
  require(
      library_.all_gather(input, output, count, float32, ranks_[rank], stream), "values cannot be gathered");
}

int Communicators::meet(int own) const {
  Meeting& all = *meeting_;
  std::unique_lock<std::mutex> lock(all.mutex);
  all.require_open();
  all.least = all.arrived == 0 ? own : std::min(all.least, own);
  const uint64_t round = all.round;
  if (++all.arrived == ranks_.size()) {
    all.agreed = all.least;
    all.arrived = 0;
    ++all.round;
    all.changes.notify_all();
  }
  all.changes.wait(lock, [&] { return all.round != round || all.is_aborted; });
  all.require_open();
  // The next round does not end before this rank has come to it.
  return all.agreed;
}

void Communicators::close(int rank) { require(library_.destroy(ranks_[rank]), "a GPU cannot leave"); }

void Communicators::abort() {
  {
    const std::lock_guard<std::mutex> lock(meeting_->mutex);
    if (meeting_->is_aborted) return;
    meeting_->is_aborted = true;
    meeting_->changes.notify_all();
  }
  // NCCL stops what runs at once, but returns only when the graphs are gone that it stands in: nobody who has
  // to take these away may wait for it.
  for (ncclComm* rank : ranks_) std::thread(library_.abort, rank).detach();
}

}  // namespace plinth::cuda
