/** The thread on which one step after the other is computed, while Node does something else. */
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace plinth {

class StepThread {
 public:
  StepThread() : thread_([this] { serve(); }) {}
  /** Waits for the step under way. */
  ~StepThread();
  StepThread(const StepThread&) = delete;
  StepThread& operator=(const StepThread&) = delete;

  /** The one before has been finished. */
  void start(std::function<void()> step);

  /** Whether the step has ended; waits so many milliseconds for it at most. Throws what the step threw. */
  bool finish(double milliseconds);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  /** Empty while there is nothing to compute. */
  std::function<void()> step_;
  std::exception_ptr problem_;
  bool is_over_ = false;
  /** Last: it uses the others from its first moment on. */
  std::thread thread_;
};

}  // namespace plinth
