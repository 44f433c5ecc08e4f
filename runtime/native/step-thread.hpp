/** The thread on which one step after the other is computed, while Node does something else. */
#pragma once
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace plinth {

class StepThread {
 public:
  StepThread() : thread_([this] { serve(); }) {}
  /** Waits for the steps under way. */
  ~StepThread();
  StepThread(const StepThread&) = delete;
  StepThread& operator=(const StepThread&) = delete;

  /** Steps that may be under way: one is computed, and one begins as soon as that has ended. */
  static constexpr int most = 2;

  /** Fewer than `most` are under way. */
  void start(std::function<void()> step);

  int under_way() const { return static_cast<int>(begun_ - finished_); }

  /** Whether the first step has ended; waits so many milliseconds for it at most. Throws what it threw. */
  bool finish(double milliseconds);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  /** By number of the step, counted round. */
  std::function<void()> steps_[most];
  std::exception_ptr problems_[most];
  uint64_t computed_ = 0;
  /** Written by the thread that starts and finishes alone. */
  uint64_t begun_ = 0, finished_ = 0;
  bool is_over_ = false;
  /** Last: it uses the others from its first moment on. */
  std::thread thread_;
};

}  // namespace plinth
