/** Memory in whole pages, and files as they lie on disk. */
#include "memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace plinth {

Region::Region(size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  at_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at_ == MAP_FAILED) {
    at_ = nullptr;
    throw std::runtime_error("no memory for " + std::to_string(bytes) + " bytes");
  }
#if defined(MADV_HUGEPAGE)
  // Advice only: without large pages all is the same, but slower.
  if (bytes >= (2u << 20)) madvise(at_, bytes, MADV_HUGEPAGE);
#endif
}

Region::~Region() {
  if (at_) munmap(at_, bytes_);
}

Region::Region(Region&& other) noexcept
    : at_(std::exchange(other.at_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Region& Region::operator=(Region&& other) noexcept {
  std::swap(at_, other.at_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

FileView::FileView(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw std::runtime_error(path + ": " + std::strerror(errno));
  struct stat facts = {};
  const bool is_known = fstat(file, &facts) == 0;
  bytes_ = is_known ? static_cast<size_t>(facts.st_size) : 0;
  void* at = bytes_ > 0 ? mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
  const int problem = errno;
  close(file);
  if (at == MAP_FAILED) throw std::runtime_error(path + ": " + std::strerror(problem));
  at_ = static_cast<const uint8_t*>(at);
}

FileView::~FileView() {
  if (at_) munmap(const_cast<uint8_t*>(at_), bytes_);
}

FileView::FileView(FileView&& other) noexcept
    : at_(std::exchange(other.at_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

}  // namespace plinth
