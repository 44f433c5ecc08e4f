/** NVIDIA's library for exchange between GPUs. */
#include "nccl.hpp"

#include <dlfcn.h>

#include <stdexcept>
#include <thread>

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

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (!function) throw std::runtime_error(std::string("NCCL has no ") + name);
}

}  // namespace

Communicators::Communicators(int ranks, const std::vector<std::string>& libraries)
    : ranks_(ranks), is_aborted_(std::make_unique<std::atomic<bool>>(false)) {
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
  if (*is_aborted_) throw std::runtime_error("NCCL: the GPUs were given up");
  require(
      library_.all_gather(input, output, count, float32, ranks_[rank], stream), "values cannot be gathered");
}

void Communicators::close(int rank) { require(library_.destroy(ranks_[rank]), "a GPU cannot leave"); }

void Communicators::abort() {
  if (is_aborted_->exchange(true)) return;
  // NCCL stops what runs at once, but returns only when the graphs are gone that it stands in: nobody who has
  // to take these away may wait for it.
  for (ncclComm* rank : ranks_) std::thread(library_.abort, rank).detach();
}

}  // namespace plinth::cuda
