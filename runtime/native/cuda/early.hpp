/** Whether kernels may begin before those that they wait for have ended. */
#pragma once

namespace plinth::cuda {

/**
 * While it lives and is on, those kernels of the calling thread begin early that await others by themselves:
 * see `launch_early`.
 */
class EarlyKernels {
 public:
  explicit EarlyKernels(bool is_on) { are_on() = is_on; }
  ~EarlyKernels() { are_on() = false; }
  EarlyKernels(const EarlyKernels&) = delete;
  EarlyKernels& operator=(const EarlyKernels&) = delete;
  static bool& are_on() {
    static thread_local bool value = false;
    return value;
  }
};

}  // namespace plinth::cuda
