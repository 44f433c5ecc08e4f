/**
 * As much of NCCL as the runtime calls, between threads and their emulated devices. A call waits for those of
 * all other ranks, as kernels of NCCL do, and ends the process where the ranks do not agree in what they call
 * and how much of it. Compiled with RANK_FAILS or RANK_HANGS, rank 1 does so in its so many-eth call.
 */
#include <cuda_runtime.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace {

enum Result { success = 0, unhandled_cuda_error = 1, invalid_argument = 4, invalid_usage = 5 };
constexpr int float32 = 7;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "emulated NCCL: %s\n", what);
  std::abort();
}

/** What the ranks of one model have in common. */
struct Clique {
  std::mutex mutex;
  std::condition_variable changes;
  const int ranks;
  std::vector<const float*> inputs;
  size_t count = 0;
  int arrived = 0, left = 0, open;
  uint64_t calls = 0;
  bool is_aborted = false;

  explicit Clique(int ranks) : ranks(ranks), inputs(ranks), open(ranks) {}

  void gather(int rank, const float* input, float* output, size_t own_count) {
    std::unique_lock<std::mutex> lock(mutex);
    const auto wait = [&](const auto& is_so) {
      changes.wait(lock, [&] { return is_aborted || is_so(); });
      return !is_aborted;
    };
    const uint64_t call = calls;
    // Whoever is ahead waits until the call before has been left by all.
    if (!wait([&] { return left == 0; })) return;
    if (arrived > 0 && own_count != count) fail("ranks give different counts");
    count = own_count;
    inputs[rank] = input;
    if (++arrived == ranks) {
      left = ranks;
      ++calls;
      changes.notify_all();
    } else if (!wait([&] { return calls != call; })) {
      return;
    }
    for (int from = 0; from < ranks; ++from)
      std::memmove(output + from * count, inputs[from], count * sizeof(float));
    // No rank goes on, and changes what it gave, before all have it.
    if (--left == 0) arrived = 0;
    changes.notify_all();
    wait([&] { return left == 0 || calls != call + 1; });
  }
};

}  // namespace

struct ncclComm {
  std::shared_ptr<Clique> clique;
  int rank, calls = 0;
  /** Graphs in which it stands hold this as well. */
  std::shared_ptr<int> uses = std::make_shared<int>();
};

extern "C" {

const char* ncclGetErrorString(int code) {
  return code == unhandled_cuda_error ? "unhandled cuda error" : "invalid usage";
}

int ncclCommInitAll(ncclComm** out, int ranks, const int* devices) {
  if (devices || ranks < 1) return invalid_argument;
  const auto clique = std::make_shared<Clique>(ranks);
  for (int rank = 0; rank < ranks; ++rank) out[rank] = new ncclComm{clique, rank};
  return success;
}

int ncclAllGather(
    const void* input, void* output, size_t count, int type, ncclComm* communicator, cudaStream_t stream) {
  if (type != float32 || !input || !output || count == 0) return invalid_argument;
  if (stream->device != communicator->rank) return invalid_usage;
  const int call = ++communicator->calls;
#if defined(RANK_FAILS)
  if (communicator->rank == 1 && call == RANK_FAILS) return unhandled_cuda_error;
#endif
  const bool is_done = stream->run([=, uses = communicator->uses] {
    (void)uses;
#if defined(RANK_HANGS)
    if (communicator->rank == 1 && call >= RANK_HANGS) {
      Clique& clique = *communicator->clique;
      std::unique_lock<std::mutex> lock(clique.mutex);
      clique.changes.wait(lock, [&] { return clique.is_aborted; });
    }
#endif
    communicator->clique->gather(
        communicator->rank, static_cast<const float*>(input), static_cast<float*>(output), count);
  });
  (void)call;
  return is_done ? success : invalid_usage;
}

int ncclCommDestroy(ncclComm* communicator) {
  if (communicator->uses.use_count() > 1) fail("a communicator goes before the graphs in which it stands");
  delete communicator;
  return success;
}

int ncclCommAbort(ncclComm* communicator) {
  Clique& clique = *communicator->clique;
  const std::lock_guard<std::mutex> lock(clique.mutex);
  clique.is_aborted = true;
  clique.changes.notify_all();
  // Works that were told of it before may still name it: what is left goes with the process.
  return success;
}

}  // extern "C"
