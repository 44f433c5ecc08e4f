/** A place on a stream, which the device notes the time of. */
#pragma once
#include <cuda_runtime.h>

#include "launches.hpp"

namespace plinth::cuda {

class Event {
 public:
  Event() { require(cudaEventCreate(&event_), "no event"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace plinth::cuda
