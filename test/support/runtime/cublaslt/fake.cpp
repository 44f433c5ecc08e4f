/**
 * As much of cuBLASLt as the runtime calls, on the emulated device: it writes down what it is asked for,
 * refuses what was not planned, and multiplies plainly. LOG is the file that it writes to.
 */
#include <cuda_runtime.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

constexpr int not_supported = 15, invalid_value = 7;
constexpr int type_float = 0, type_bf16 = 14;

struct Description {
  int compute, scale;
  std::map<int, std::vector<unsigned char>> attributes;

  template <class T>
  T get(int attribute, T otherwise) const {
    const auto found = attributes.find(attribute);
    if (found == attributes.end() || found->second.size() != sizeof(T)) return otherwise;
    T out;
    std::memcpy(&out, found->second.data(), sizeof out);
    return out;
  }
};

struct Layout {
  int type;
  uint64_t rows, columns;
  int64_t stride;
};

struct Preference {
  uint64_t workspace_bytes = 0;
};

struct Algorithm {
  uint64_t data[8];
};

struct Heuristic {
  Algorithm algorithm;
  size_t workspace_bytes;
  int state;
  float waves;
  int reserved[4];
};

void log(const std::string& line) {
  std::FILE* file = std::fopen(LOG, "a");
  // A device that was left open is closed when the test's directory is gone.
  if (!file) return;
  std::fprintf(file, "%s\n", line.c_str());
  std::fclose(file);
}

/** What makes one problem: an algorithm is good for no other. */
std::string problem(const Description& about, const Layout& a, const Layout& b, const Layout& d) {
  char text[200];
  std::snprintf(
      text, sizeof text, "m=%d n=%d k=%d strides=%d,%d,%d types=%d,%d,%d transposed=%d epilogue=%u",
      static_cast<int>(d.rows), static_cast<int>(d.columns), static_cast<int>(a.rows),
      static_cast<int>(a.stride), static_cast<int>(b.stride), static_cast<int>(d.stride), a.type, b.type,
      d.type, about.get<int32_t>(3, 0), about.get<uint32_t>(7, 1));
  return text;
}

/** Several GPUs may ask at a time. */
std::mutex mutex;
std::vector<std::string> planned;

float bf16(const void* at, size_t index) {
  return __uint_as_float(static_cast<uint32_t>(static_cast<const uint16_t*>(at)[index]) << 16);
}

uint16_t rounded(float value) {
  const uint32_t bits = __float_as_uint(value);
  return static_cast<uint16_t>(value != value ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void compute(
    const Layout& a, const Layout& b, const Layout& d, const void* weights, const void* input, float beta,
    void* output, const float* bias) {
  for (uint64_t row = 0; row < d.columns; ++row)
    for (uint64_t at = 0; at < d.rows; ++at) {
      double sum = bias ? bias[at] : 0;
      for (uint64_t depth = 0; depth < a.rows; ++depth)
        sum += static_cast<double>(bf16(weights, at * a.stride + depth)) *
               bf16(input, row * b.stride + depth);
      const size_t place = row * d.stride + at;
      if (d.type == type_bf16) {
        static_cast<uint16_t*>(output)[place] = rounded(static_cast<float>(sum));
        continue;
      }
      float& to = static_cast<float*>(output)[place];
      to = static_cast<float>(beta == 0 ? sum : sum + static_cast<double>(beta) * to);
    }
}

}  // namespace

extern "C" {

int cublasLtCreate(void** out) { return *out = new int(1), log("create"), 0; }
int cublasLtDestroy(void* handle) { return delete static_cast<int*>(handle), log("destroy"), 0; }

int cublasLtMatmulDescCreate(void** out, int compute, int scale) {
  return *out = new Description{compute, scale, {}}, 0;
}
int cublasLtMatmulDescSetAttribute(void* about, int attribute, const void* value, size_t bytes) {
  const auto* from = static_cast<const unsigned char*>(value);
  static_cast<Description*>(about)->attributes[attribute].assign(from, from + bytes);
  return 0;
}
int cublasLtMatmulDescDestroy(void* about) { return delete static_cast<Description*>(about), 0; }

int cublasLtMatrixLayoutCreate(void** out, int type, uint64_t rows, uint64_t columns, int64_t stride) {
  return *out = new Layout{type, rows, columns, stride}, 0;
}
int cublasLtMatrixLayoutDestroy(void* layout) { return delete static_cast<Layout*>(layout), 0; }

int cublasLtMatmulPreferenceCreate(void** out) { return *out = new Preference(), 0; }
int cublasLtMatmulPreferenceSetAttribute(void* to, int attribute, const void* value, size_t bytes) {
  if (attribute != 1 || bytes != sizeof(uint64_t)) return invalid_value;
  std::memcpy(&static_cast<Preference*>(to)->workspace_bytes, value, bytes);
  return 0;
}
int cublasLtMatmulPreferenceDestroy(void* preference) {
  return delete static_cast<Preference*>(preference), 0;
}

int cublasLtMatmulAlgoGetHeuristic(
    void*, void* about, void* a, void* b, void* c, void* d, void* preference, int wanted, Heuristic* results,
    int* found) {
  const auto& description = *static_cast<Description*>(about);
  const Layout &weights = *static_cast<Layout*>(a), &input = *static_cast<Layout*>(b);
  const Layout& output = *static_cast<Layout*>(d);
  *found = 0;
  if (description.compute != 68 || description.scale != type_float || c != d || wanted < 1 ||
      weights.type != type_bf16 || input.type != type_bf16 || weights.columns != output.rows ||
      weights.rows != input.rows || input.columns != output.columns ||
      description.get<int32_t>(3, 0) != 1)
    return not_supported;
  if (description.get<uint32_t>(7, 1) == 4 && !description.get<const float*>(8, nullptr))
    return invalid_value;
  const std::lock_guard<std::mutex> lock(mutex);
  planned.push_back(problem(description, weights, input, output));
  *results = {};
  results->algorithm.data[0] = planned.size();
  results->workspace_bytes = static_cast<Preference*>(preference)->workspace_bytes;
  *found = 1;
  return 0;
}

int cublasLtMatmul(
    void*, void* about, const void* alpha, const void* weights, void* a, const void* input, void* b,
    const void* beta, const void* added, void* c, void* output, void* d, const Algorithm* algorithm,
    void* workspace, size_t workspace_bytes, cudaStream_t stream) {
  const auto& description = *static_cast<Description*>(about);
  const Layout &of_a = *static_cast<Layout*>(a), &of_b = *static_cast<Layout*>(b);
  const Layout& of_d = *static_cast<Layout*>(d);
  const std::string asked = problem(description, of_a, of_b, of_d);
  const uint64_t number = algorithm->data[0];
  const std::lock_guard<std::mutex> lock(mutex);
  if (number < 1 || number > planned.size() || planned[number - 1] != asked) return invalid_value;
  if (!workspace || workspace_bytes != size_t{32} << 20 || added != output || c != d) return invalid_value;
  if (*static_cast<const float*>(alpha) != 1) return not_supported;
  const float kept = *static_cast<const float*>(beta);
  const bool has_bias = description.get<uint32_t>(7, 1) == 4;
  const float* bias = has_bias ? description.get<const float*>(8, nullptr) : nullptr;
  log("multiply " + asked + (kept == 0 ? "" : " added"));
  stream->run([=] { compute(of_a, of_b, of_d, weights, input, kept, output, bias); });
  return 0;
}
}
