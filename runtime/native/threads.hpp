/** Threads that share the work of a step: they look for more for a moment, and sleep then. */
#pragma once
#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace plinth {

class Threads {
 public:
  /** The thread that gives them work is one of them; it may be another than this one. */
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int count() const { return static_cast<int>(workers_.size()) + 1; }

  /**
   * Calls `work(first, last)` until every index below `size` was in one of its ranges, `grain` indices a
   * range at most, and returns when all are done. Which thread takes which range is left to chance. Work must
   * not throw.
   */
  template <class Work>
  void run(int size, int grain, const Work& work) {
    dispatch(size, grain, &work, [](const void* what, int first, int last) {
      (*static_cast<const Work*>(what))(first, last);
    });
  }

 private:
  using Call = void (*)(const void*, int, int);
  void dispatch(int size, int grain, const void* what, Call call);
  void serve();
  void take();

  std::vector<std::thread> workers_;
  std::atomic<uint32_t> round_{0};
  std::atomic<uint32_t> left_{0};
  std::atomic<uint32_t> sleeping_{0};
  std::atomic<int> next_{0};
  std::atomic<bool> is_over_{false};
  int size_ = 0, grain_ = 1;
  const void* what_ = nullptr;
  Call call_ = nullptr;
};

}  // namespace plinth
