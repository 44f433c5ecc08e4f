/** Memory of the device, and pages of this machine that it reads by itself. */
#pragma once
#include <cuda_runtime.h>

#include <cstring>
#include <utility>

#include "launches.hpp"

namespace plinth::cuda {

class Memory {
 public:
  Memory() = default;
  explicit Memory(size_t bytes) : bytes_(bytes) {
    if (bytes > 0) require(cudaMalloc(&at_, bytes), "no memory on the device");
  }
  // Freeing nothing is a call to CUDA all the same, which a captured stream does not survive.
  ~Memory() {
    if (at_) cudaFree(at_);
  }
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  size_t bytes() const { return bytes_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(at_);
  }

 private:
  void* at_ = nullptr;
  size_t bytes_ = 0;
};

/** The same values on both sides: what is written here is sent, what is computed there is fetched. */
template <class T>
class Mirror {
 public:
  Mirror() = default;
  explicit Mirror(size_t count) : there_(count * sizeof(T)) {
    void* at = nullptr;
    if (count > 0) require(cudaMallocHost(&at, count * sizeof(T)), "no page-locked memory");
    here_ = static_cast<T*>(at);
  }
  ~Mirror() {
    if (here_) cudaFreeHost(here_);
  }
  Mirror(Mirror&& other) noexcept { *this = std::move(other); }
  Mirror& operator=(Mirror&& other) noexcept {
    std::swap(here_, other.here_);
    std::swap(there_, other.there_);
    return *this;
  }

  T* here() const { return here_; }
  T* there() const { return there_.template as<T>(); }
  size_t bytes() const { return there_.bytes(); }
  void send(size_t count, cudaStream_t stream) const {
    if (count == 0) return;
    require(
        cudaMemcpyAsync(there(), here_, count * sizeof(T), cudaMemcpyHostToDevice, stream),
        "values cannot be sent");
  }
  void send(const T* from, size_t count, cudaStream_t stream) const {
    std::memcpy(here_, from, count * sizeof(T));
    send(count, stream);
  }
  /** The first `used` of each of so many rows, which lie `width` apart on both sides. */
  void send_rows(size_t rows, size_t used, size_t width, cudaStream_t stream) const {
    if (rows * used == 0) return;
    const size_t pitch = width * sizeof(T);
    require(
        cudaMemcpy2DAsync(
            there(), pitch, here_, pitch, used * sizeof(T), rows, cudaMemcpyHostToDevice, stream),
        "rows of values cannot be sent");
  }
  void fetch(size_t count, cudaStream_t stream) const {
    if (count == 0) return;
    require(
        cudaMemcpyAsync(here_, there(), count * sizeof(T), cudaMemcpyDeviceToHost, stream),
        "values cannot be fetched");
  }

 private:
  T* here_ = nullptr;
  Memory there_;
};

}  // namespace plinth::cuda
