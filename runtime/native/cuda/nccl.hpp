/** NVIDIA's library for exchange between GPUs: opened when it is needed, never linked. */
#pragma once
#include <cuda_runtime.h>

#include <memory>
#include <string>
#include <vector>

/** As its header names it. */
struct ncclComm;

namespace plinth::cuda {

/** Of each rank one; all ranks must call the same things of theirs, in the same order. */
class Communicators {
 public:
  Communicators() = default;
  /** `libraries` are tried in order. Blocks until all ranks know each other; throws where one cannot. */
  Communicators(int ranks, const std::vector<std::string>& libraries);

  /** `output` gets the `count` floats of each rank, in the order of ranks. */
  void gather(int rank, const float* input, float* output, size_t count, cudaStream_t stream) const;
  /**
   * Waits until all ranks are here, what runs on their streams left aside; the smallest of what they bring.
   * Whoever allocates may have to wait for all GPUs: no GPU may then wait for one whose rank allocates.
   */
  int meet(int own) const;
  /** After all graphs in which it stands are gone. */
  void close(int rank);
  /** Frees whoever waits for ranks that do not come; nothing can be exchanged any more. Any thread. */
  void abort();

 private:
  struct Library {
    int (*init_all)(ncclComm**, int, const int*) = nullptr;
    int (*all_gather)(const void*, void*, size_t, int, ncclComm*, cudaStream_t) = nullptr;
    int (*destroy)(ncclComm*) = nullptr;
    int (*abort)(ncclComm*) = nullptr;
    const char* (*error)(int) = nullptr;
  };
  void require(int code, const char* what) const;

  Library library_;
  std::vector<ncclComm*> ranks_;
  struct Meeting;
  std::shared_ptr<Meeting> meeting_;
};

}  // namespace plinth::cuda
