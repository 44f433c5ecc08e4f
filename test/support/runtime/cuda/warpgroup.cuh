/** What runtime/native/cuda/instructions/warpgroup.cuh has words of PTX for, on emulated warpgroups. */
#pragma once
#include <cuda_runtime.h>

#include "warpgroup-emulation.hpp"

namespace plinth::cuda {

constexpr bool has_warpgroups = true;

inline uint32_t shared_address(const void* shared) { return emulated::shared_address(shared); }
inline void copy_or_clear(void* shared, const void* global, bool is_there) {
  emulated::copy_later(shared, is_there ? global : nullptr);
}
inline void show_copies() { emulated::show_copies(); }

template <int count>
void multiply_later(float (&sums)[count], uint64_t a, uint64_t b) {
  emulated::multiply_later(sums, count, a, b);
}

inline void begin_products() { emulated::begin_products(); }
inline void close_products() { emulated::close_products(); }

template <int left>
void await_products() {
  emulated::await_products(left);
}

template <int count>
void hold_sums(float (&)[count]) {}

}  // namespace plinth::cuda
