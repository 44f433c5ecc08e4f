/** Values on the device that nobody computed, to measure kernels with. */
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "../weights.hpp"
#include "memory.hpp"

namespace plinth::cuda {

/** Copies of what is read take so much together: several times the largest cache of a device. */
constexpr size_t cold_bytes = size_t{256} << 20;
/** Values repeat after so many, an odd number: no two rows are alike. */
constexpr size_t pattern_values = (1 << 20) - 1;
constexpr size_t copies_max = 32;

/** Even values from -0.05 to 0.05; devices multiply zeros faster than anything else. */
inline float made_up(size_t index) {
  const uint32_t mixed = static_cast<uint32_t>(index + 1) * 0x9e3779b1u;
  return (static_cast<float>((mixed ^ mixed >> 15) >> 8 & 0xffff) / 65536.0f - 0.4999f) * 0.1f;
}

inline uint16_t made_up_half(size_t index) {
  const float value = made_up(index);
  uint16_t half;
  narrow(&value, 1, reinterpret_cast<uint8_t*>(&half), 2);
  return half;
}

/** As a model's logits are spread, normal ones of deviation 3: of two shares that the index is mixed to. */
inline float made_up_logit(size_t index) {
  uint32_t mixed = static_cast<uint32_t>(index + 1);
  for (const uint32_t factor : {0x85ebca6bu, 0xc2b2ae35u}) mixed = (mixed ^ mixed >> 15) * factor;
  mixed ^= mixed >> 16;
  const float first = (static_cast<float>(mixed >> 16) + 0.5f) / 65536.0f;
  const float second = static_cast<float>(mixed & 0xffff) / 65536.0f;
  return 3.0f * std::sqrt(-2.0f * std::log(first)) * std::cos(6.2831853f * second);
}

/** All that is made lives as long as this. */
class MadeUp {
 public:
  explicit MadeUp(cudaStream_t stream) : stream_(stream) {}

  template <class T>
  T* sent(const std::vector<T>& values) {
    T* out = reserved<T>(values.size());
    const size_t bytes = values.size() * sizeof(T);
    require(cudaMemcpyAsync(out, values.data(), bytes, cudaMemcpyHostToDevice, stream_), "no copy");
    require(cudaStreamSynchronize(stream_), "values cannot be copied");
    return out;
  }
  uint16_t* halves(size_t count) { return filled<uint16_t>(count, made_up_half); }
  float* floats(size_t count) { return filled<float>(count, made_up); }
  float* normals(size_t count) { return filled<float>(count, made_up_logit); }
  template <class T>
  T* all(size_t count, T value) {
    return sent(std::vector<T>(count, value));
  }
  int32_t* numbered(int count, int step, int below) {
    std::vector<int32_t> out(count);
    for (int i = 0; i < count; ++i) out[i] = static_cast<int32_t>(static_cast<int64_t>(i) * step % below);
    return sent(out);
  }
  /** As many as are not in caches any more when their turn comes. */
  std::vector<uint16_t*> cold(size_t count, int launches) {
    const size_t wanted = cold_bytes / (std::max<size_t>(count, 1) * sizeof(uint16_t)) + 1;
    std::vector<uint16_t*> out;
    for (size_t i = 0; i < std::min({wanted, copies_max, static_cast<size_t>(launches)}); ++i)
      out.push_back(halves(count));
    return out;
  }

 private:
  template <class T>
  T* reserved(size_t count) {
    kept_.emplace_back(count * sizeof(T));
    return kept_.back().template as<T>();
  }
  template <class T, class ValueOf>
  T* filled(size_t count, const ValueOf& value_of) {
    std::vector<T> pattern(std::min(count, pattern_values));
    for (size_t i = 0; i < pattern.size(); ++i) pattern[i] = value_of(i);
    T* out = reserved<T>(count);
    for (size_t at = 0; at < count; at += pattern.size()) {
      const size_t bytes = std::min(pattern.size(), count - at) * sizeof(T);
      require(cudaMemcpyAsync(out + at, pattern.data(), bytes, cudaMemcpyHostToDevice, stream_), "no copy");
    }
    require(cudaStreamSynchronize(stream_), "values cannot be copied");
    return out;
  }

  cudaStream_t stream_;
  std::vector<Memory> kept_;
};

}  // namespace plinth::cuda
