/** Threads of ranks. */
#include "crew.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace plinth::cuda {

namespace {

using Clock = std::chrono::steady_clock;

Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/** For the others, once one has failed. */
constexpr std::chrono::seconds moment(10);

}  // namespace

/** Outlives the crew where a thread does not come back. */
struct Crew::Shared {
  std::mutex mutex;
  std::condition_variable begins, ends;
  std::vector<std::thread> threads;
  Job job;
  uint64_t round = 0;
  int size = 0, done = 0;
  bool is_over = false;
  std::string problem;
  double seconds = 0;
  Clock::time_point deadline;

  void serve(int rank) {
    std::unique_lock<std::mutex> lock(mutex);
    for (uint64_t seen = 0;;) {
      begins.wait(lock, [&] { return is_over || round != seen; });
      if (is_over) return;
      seen = round;
      const Job own = job;
      lock.unlock();
      std::string found;
      try {
        own(rank);
      } catch (const std::exception& thrown) {
        found = thrown.what();
      }
      lock.lock();
      ++done;
      if (problem.empty()) problem = found;
      if (done == size || !problem.empty()) ends.notify_all();
    }
  }
};

Crew::Crew(int size) : shared_(std::make_shared<Shared>()) {
  shared_->size = shared_->done = size;
  for (int rank = 0; rank < size; ++rank)
    shared_->threads.emplace_back([shared = shared_, rank] { shared->serve(rank); });
}

Crew::~Crew() {
  std::unique_lock<std::mutex> lock(shared_->mutex);
  const bool is_idle = shared_->done == shared_->size;
  shared_->is_over = true;
  std::vector<std::thread> threads = std::move(shared_->threads);
  lock.unlock();
  shared_->begins.notify_all();
  for (std::thread& thread : threads) is_idle ? thread.join() : thread.detach();
}

void Crew::start(const Job& job, double seconds) {
  Shared& all = *shared_;
  const std::lock_guard<std::mutex> lock(all.mutex);
  if (all.done < all.size) throw std::runtime_error("a GPU has not ended what it was told before");
  all.job = job;
  all.done = 0;
  all.problem.clear();
  all.seconds = seconds;
  all.deadline = Clock::now() + duration_of(seconds);
  ++all.round;
  all.begins.notify_all();
}

bool Crew::finish(double milliseconds, const std::function<void()>& give_up) {
  Shared& all = *shared_;
  std::unique_lock<std::mutex> lock(all.mutex);
  const auto is_over = [&] { return all.done == all.size || !all.problem.empty(); };
  // What no clock can count to is however long it takes.
  const auto wanted = Clock::now() + duration_of(std::min(milliseconds / 1000, 1e6));
  if (!all.ends.wait_until(lock, std::min(wanted, all.deadline), is_over)) {
    if (Clock::now() < all.deadline) return false;
    all.problem = "GPUs did not answer within " + std::to_string(static_cast<int>(all.seconds)) + " s";
  }
  if (all.problem.empty()) return true;
  const std::string problem = std::exchange(all.problem, "");
  lock.unlock();
  give_up();
  lock.lock();
  all.ends.wait_for(lock, moment, [&] { return all.done == all.size; });
  throw std::runtime_error(problem);
}

}  // namespace plinth::cuda
