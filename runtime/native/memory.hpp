/** Memory in whole pages: large ones for what is read all the time, and files as they lie on disk. */
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace plinth {

/** Zeros at first. */
class Region {
 public:
  Region() = default;
  explicit Region(size_t bytes);
  ~Region();
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;

  size_t bytes() const { return bytes_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(at_);
  }

 private:
  void* at_ = nullptr;
  size_t bytes_ = 0;
};

/** A file, to be read only. */
class FileView {
 public:
  explicit FileView(const std::string& path);
  ~FileView();
  FileView(FileView&& other) noexcept;
  FileView& operator=(FileView&&) = delete;

  size_t bytes() const { return bytes_; }
  const uint8_t* at(size_t offset) const { return at_ + offset; }

 private:
  const uint8_t* at_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace plinth
