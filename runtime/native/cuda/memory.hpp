/** Memory of the device, and pages of this machine that it reads by itself. */
#pragma once
#include <cuda_runtime.h>

#include <cstring>
#include <utility>

#include "launches.hpp"
#include "move.hpp"

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

/** What travels is whole words. */
constexpr size_t word = sizeof(uint32_t);
constexpr size_t whole_words(size_t bytes) { return (bytes + word - 1) / word * word; }

/** What travels between this machine's memory and the device's together, in one launch. */
class Parcel {
 public:
  /** So many rows of `bytes` each, which lie `pitch` apart on both sides. */
  void add(const void* from, void* to, size_t bytes, size_t rows = 1, size_t pitch = 0) {
    if (bytes * rows == 0) return;
    require(moves_.count < Moves::most ? cudaSuccess : cudaErrorInvalidValue, "a parcel is full");
    const auto words = static_cast<uint32_t>(whole_words(bytes) / word);
    moves_.parts[moves_.count++] = {
        static_cast<const uint32_t*>(from), static_cast<uint32_t*>(to), words, static_cast<uint32_t>(rows),
        static_cast<uint32_t>(pitch / word)};
  }
  void go(cudaStream_t stream) const {
    if (moves_.count > 0) move(moves_, stream);
  }

 private:
  Moves moves_ = {};
};

/** The same values on both sides: what is written here is sent, what is computed there is fetched. */
template <class T>
class Mirror {
 public:
  Mirror() = default;
  explicit Mirror(size_t count) : there_(whole_words(count * sizeof(T))) {
    void* at = nullptr;
    if (count > 0) require(cudaMallocHost(&at, there_.bytes()), "no page-locked memory");
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
  void send(size_t count, Parcel& parcel) const { parcel.add(here_, there(), count * sizeof(T)); }
  void send(const T* from, size_t count, Parcel& parcel) const {
    std::memcpy(here_, from, count * sizeof(T));
    send(count, parcel);
  }
  /** The first `used` of each of so many rows, which lie `width` apart on both sides. */
  void send_rows(size_t rows, size_t used, size_t width, Parcel& parcel) const {
    parcel.add(here_, there(), used * sizeof(T), rows, width * sizeof(T));
  }
  void fetch(size_t count, Parcel& parcel) const { parcel.add(there(), here_, count * sizeof(T)); }

 private:
  T* here_ = nullptr;
  Memory there_;
};

}  // namespace plinth::cuda
