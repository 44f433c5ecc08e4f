/** Threads that share the work of a step. */
#include "threads.hpp"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace plinth {

namespace {

/** Looks before sleep: about 20 microseconds, what waking costs. */
constexpr int patience = 400;

inline void breathe() {
#if defined(__x86_64__)
  for (int i = 0; i < 2; ++i) __builtin_ia32_pause();
#endif
}

void sleep_while(std::atomic<uint32_t>& word, uint32_t value) {
#if defined(__linux__)
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
#else
  if (word.load() == value) std::this_thread::yield();
#endif
}

void wake_all(std::atomic<uint32_t>& word) {
#if defined(__linux__)
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAKE_PRIVATE, 1 << 30, nullptr, nullptr, 0);
#else
  (void)word;
#endif
}

}  // namespace

Threads::Threads(int count) {
  for (int i = 1; i < count; ++i) workers_.emplace_back([this] { serve(); });
}

Threads::~Threads() {
  is_over_.store(true);
  round_.fetch_add(1);
  wake_all(round_);
  for (auto& worker : workers_) worker.join();
}

void Threads::dispatch(int size, int grain, const void* what, Call call) {
  if (size <= 0) return;
  if (workers_.empty() || size <= grain) return call(what, 0, size);
  size_ = size;
  grain_ = grain;
  what_ = what;
  call_ = call;
  next_.store(0, std::memory_order_relaxed);
  left_.store(static_cast<uint32_t>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1);
  if (sleeping_.load() > 0) wake_all(round_);
  take();
  for (int looks = 0;; ++looks) {
    const uint32_t left = left_.load();
    if (left == 0) return;
    if (looks < patience)
      breathe();
    else
      sleep_while(left_, left);
  }
}

void Threads::take() {
  for (;;) {
    const int first = next_.fetch_add(grain_);
    if (first >= size_) return;
    call_(what_, first, first + grain_ < size_ ? first + grain_ : size_);
  }
}

void Threads::serve() {
  uint32_t seen = 0;
  for (;;) {
    for (int looks = 0; round_.load() == seen; ++looks) {
      if (looks < patience) {
        breathe();
        continue;
      }
      sleeping_.fetch_add(1);
      sleep_while(round_, seen);
      sleeping_.fetch_sub(1);
    }
    seen = round_.load();
    if (is_over_.load()) return;
    take();
    if (left_.fetch_sub(1) == 1) wake_all(left_);
  }
}

}  // namespace plinth
