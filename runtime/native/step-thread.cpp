/** One step after the other on a thread of its own. */
#include "step-thread.hpp"

#include <chrono>
#include <utility>

namespace plinth {

StepThread::~StepThread() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StepThread::start(std::function<void()> step) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    steps_[begun_++ % most] = std::move(step);
  }
  changed_.notify_all();
}

bool StepThread::finish(double milliseconds) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto is_done = [this] { return computed_ > finished_; };
  // What no clock can count to is however long it takes.
  if (milliseconds > 1e9)
    changed_.wait(lock, is_done);
  else if (!changed_.wait_for(lock, std::chrono::duration<double, std::milli>(milliseconds), is_done))
    return false;
  const std::exception_ptr problem = std::exchange(problems_[finished_++ % most], nullptr);
  if (problem) std::rethrow_exception(problem);
  return true;
}

void StepThread::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || begun_ > computed_; });
    if (begun_ == computed_) return;
    const std::function<void()> step = std::move(steps_[computed_ % most]);
    lock.unlock();
    std::exception_ptr problem;
    try {
      step();
    } catch (...) {
      problem = std::current_exception();
    }
    lock.lock();
    problems_[computed_++ % most] = problem;
    changed_.notify_all();
  }
}

}  // namespace plinth
