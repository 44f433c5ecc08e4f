/** Threads of ranks: each does its own part of every job, and whoever waits for them does so only so long. */
#pragma once
#include <functional>
#include <memory>

namespace plinth::cuda {

class Crew {
 public:
  explicit Crew(int size);
  /** Threads that are still at a job are left to it: they cannot be ended. */
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  using Job = std::function<void(int rank)>;
  /** Calls `job` once on each thread, and waits for none. */
  void start(const Job& job, double seconds);
  /**
   * Whether all have done it; waits for them, for so many milliseconds at most. When one throws, or the job
   * takes longer than it may, `give_up` is called once; the others then have a moment to end as well, and
   * what was thrown first is thrown here.
   */
  bool finish(double milliseconds, const std::function<void()>& give_up);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace plinth::cuda
