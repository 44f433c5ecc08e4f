/** Products by cuBLASLt, where it can be opened: declared here, so that nothing of it is needed to build. */
#pragma once
#include <cuda_runtime.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "memory.hpp"

namespace plinth::cuda {

/** Its functions; see cublaslt.cpp. */
struct CublasLtFunctions;

/** Products that differ only in rows. */
struct LibraryShape {
  int inputs, outputs, output_stride;
  /** Of the outputs; else floats. */
  bool is_half;
  /** Added to what is there. */
  bool is_added;
  bool has_bias;

  auto key() const { return std::make_tuple(inputs, outputs, output_stride, is_half, is_added, has_bias); }
  bool operator<(const LibraryShape& other) const { return key() < other.key(); }
};

struct LibraryProduct {
  /** Rows of bfloat16, `inputs` apart. */
  const uint16_t *input, *weights;
  const float* bias;
  void* output;
};

/** What is planned, a handle and a workspace live as long as this; `multiply` allocates nothing. */
class CublasLt {
 public:
  /** Of the first library that can be opened; throws, with what each of them says, where none can. */
  explicit CublasLt(const std::vector<std::string>& candidates);
  ~CublasLt();
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;

  /** For so many rows at most: buffers have room for them. Shapes that it cannot compute are left out. */
  void plan(const LibraryShape& shape, int input_stride, int rows_max);
  bool has(const LibraryShape& shape) const { return plans_.count(shape) > 0; }
  /** Of a shape that it has; rows behind the last one are computed too, up to the next planned number. */
  void multiply(
      const LibraryShape& shape, const LibraryProduct& product, int rows, cudaStream_t stream) const;

  const std::string& name() const { return name_; }
  size_t workspace_bytes() const { return workspace_.bytes(); }

 private:
  struct Plan;

  std::unique_ptr<Plan> planned(const LibraryShape& shape, int input_stride, int rows) const;

  std::string name_;
  void* library_ = nullptr;
  std::unique_ptr<CublasLtFunctions> functions_;
  void* handle_ = nullptr;
  Memory workspace_;
  /** By shape, and then by growing numbers of rows. */
  std::map<LibraryShape, std::vector<std::unique_ptr<Plan>>> plans_;
};

}  // namespace plinth::cuda
