/**
 * As much of cuBLASLt as products of bfloat16 need (NVIDIA, cublasLt.h of CUDA 12 and 13: names, numbers and
 * structures). It counts rows in columns: weights are its A, transposed, inputs its B, and outputs its D.
 */
#include "cublaslt.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <stdexcept>

#include "library-function.hpp"

namespace plinth::cuda {

namespace {

using Status = int;
using Handle = void*;

constexpr int type_float = 0, type_bf16 = 14, compute_float = 68;
constexpr int description_transposes_a = 3, description_epilogue = 7, description_bias = 8;
constexpr int32_t transposed = 1;
constexpr uint32_t epilogue_bias = 4;
constexpr int preference_workspace = 1;

struct Algorithm {
  uint64_t data[8];
};

struct Heuristic {
  Algorithm algorithm;
  size_t workspace_bytes;
  Status state;
  float waves;
  int reserved[4];
};

/** What NVIDIA advises for Hopper. */
constexpr size_t workspace_bytes = size_t{32} << 20;
/** Algorithms are chosen for multiples of it. */
constexpr int rows_step = 128;

}  // namespace

struct CublasLtFunctions {
  Status (*create)(Handle*);
  Status (*destroy)(Handle);
  Status (*describe)(Handle*, int compute, int scale);
  Status (*set_description)(Handle, int attribute, const void*, size_t);
  Status (*destroy_description)(Handle);
  Status (*lay_out)(Handle*, int type, uint64_t rows, uint64_t columns, int64_t stride);
  Status (*destroy_layout)(Handle);
  Status (*prefer)(Handle*);
  Status (*set_preference)(Handle, int attribute, const void*, size_t);
  Status (*destroy_preference)(Handle);
  Status (*choose)(
      Handle, Handle description, Handle a, Handle b, Handle c, Handle d, Handle preference, int wanted,
      Heuristic*, int* found);
  Status (*multiply)(
      Handle, Handle description, const void* alpha, const void* a, Handle a_layout, const void* b,
      Handle b_layout, const void* beta, const void* c, Handle c_layout, void* d, Handle d_layout,
      const Algorithm*, void* workspace, size_t workspace_bytes, cudaStream_t);
};

namespace {

std::unique_ptr<CublasLtFunctions> functions_of(void* library) {
  auto out = std::make_unique<CublasLtFunctions>();
  find(library, "cublasLtCreate", out->create);
  find(library, "cublasLtDestroy", out->destroy);
  find(library, "cublasLtMatmulDescCreate", out->describe);
  find(library, "cublasLtMatmulDescSetAttribute", out->set_description);
  find(library, "cublasLtMatmulDescDestroy", out->destroy_description);
  find(library, "cublasLtMatrixLayoutCreate", out->lay_out);
  find(library, "cublasLtMatrixLayoutDestroy", out->destroy_layout);
  find(library, "cublasLtMatmulPreferenceCreate", out->prefer);
  find(library, "cublasLtMatmulPreferenceSetAttribute", out->set_preference);
  find(library, "cublasLtMatmulPreferenceDestroy", out->destroy_preference);
  find(library, "cublasLtMatmulAlgoGetHeuristic", out->choose);
  find(library, "cublasLtMatmul", out->multiply);
  return out;
}

void check(Status status, const char* what) {
  if (status == 0) return;
  throw std::runtime_error(std::string("cuBLASLt: ") + what + ": status " + std::to_string(status));
}

}  // namespace

struct CublasLt::Plan {
  const CublasLtFunctions& functions;
  Handle description = nullptr, weights = nullptr, input = nullptr, output = nullptr;
  Algorithm algorithm = {};
  explicit Plan(const CublasLtFunctions& functions) : functions(functions) {}
  ~Plan() {
    if (description) functions.destroy_description(description);
    for (Handle layout : {weights, input, output})
      if (layout) functions.destroy_layout(layout);
  }
};

CublasLt::CublasLt(const std::vector<std::string>& candidates) {
  std::string reasons;
  for (const std::string& candidate : candidates) {
    library_ = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    try {
      if (!library_) throw std::runtime_error(dlerror());
      functions_ = functions_of(library_);
      check(functions_->create(&handle_), "it cannot be used");
      workspace_ = Memory(cuda::workspace_bytes);
      name_ = candidate;
      return;
    } catch (const std::runtime_error& problem) {
      reasons += (reasons.empty() ? "" : "; ") + std::string(problem.what());
      if (handle_) functions_->destroy(handle_);
      handle_ = nullptr;
      if (library_) dlclose(library_);
    }
  }
  throw std::runtime_error(reasons.empty() ? "no library is named" : reasons);
}

CublasLt::~CublasLt() {
  plans_.clear();
  // The library stays: what it left with the driver may still point into it.
  functions_->destroy(handle_);
}

void CublasLt::plan(const LibraryShape& shape, int input_stride, int rows_max) {
  if (plans_.count(shape)) return;
  std::vector<std::unique_ptr<Plan>> plans;
  for (int rows = rows_step;; rows += rows_step) {
    plans.push_back(planned(shape, input_stride, std::min(rows, rows_max)));
    if (!plans.back()) return;
    if (rows >= rows_max) break;
  }
  plans_[shape] = std::move(plans);
}

/** Null where it has no algorithm. */
std::unique_ptr<CublasLt::Plan> CublasLt::planned(
    const LibraryShape& shape, int input_stride, int rows) const {
  auto out = std::make_unique<Plan>(*functions_);
  const int type = shape.is_half ? type_bf16 : type_float;
  check(functions_->describe(&out->description, compute_float, type_float), "no description");
  const auto set = [&](int attribute, const auto& value) {
    check(functions_->set_description(out->description, attribute, &value, sizeof value), "no attribute");
  };
  set(description_transposes_a, transposed);
  if (shape.has_bias) {
    set(description_epilogue, epilogue_bias);
    // Algorithms depend on its alignment: any address of an allocation is like that of a bias.
    set(description_bias, workspace_.as<const float>());
  }
  const int inputs = shape.inputs;
  check(functions_->lay_out(&out->weights, type_bf16, inputs, shape.outputs, inputs), "no layout");
  check(functions_->lay_out(&out->input, type_bf16, inputs, rows, input_stride), "no layout");
  check(functions_->lay_out(&out->output, type, shape.outputs, rows, shape.output_stride), "no layout");
  Handle preference = nullptr;
  check(functions_->prefer(&preference), "no preference");
  const uint64_t bytes = cuda::workspace_bytes;
  Heuristic found = {};
  int count = 0;
  Status status = functions_->set_preference(preference, preference_workspace, &bytes, sizeof bytes);
  if (status == 0)
    status = functions_->choose(
        handle_, out->description, out->weights, out->input, out->output, out->output, preference, 1, &found,
        &count);
  functions_->destroy_preference(preference);
  if (status != 0 || count < 1 || found.state != 0) return nullptr;
  out->algorithm = found.algorithm;
  return out;
}

void CublasLt::multiply(
    const LibraryShape& shape, const LibraryProduct& product, int rows, cudaStream_t stream) const {
  const Plan& plan = *plans_.at(shape).at((rows - 1) / rows_step);
  if (shape.has_bias)
    check(
        functions_->set_description(plan.description, description_bias, &product.bias, sizeof product.bias),
        "no bias");
  const float alpha = 1.0f, beta = shape.is_added ? 1.0f : 0.0f;
  check(
      functions_->multiply(
          handle_, plan.description, &alpha, product.weights, plan.weights, product.input, plan.input, &beta,
          product.output, plan.output, product.output, plan.output, &plan.algorithm, workspace_.as<void>(),
          workspace_.bytes(), stream),
      "a product");
}

}  // namespace plinth::cuda
