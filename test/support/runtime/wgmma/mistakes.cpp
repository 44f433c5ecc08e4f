/** One product by a warpgroup of the emulated device, right or with the mistake that is named. */
#include <cuda_runtime.h>

#include <cstdio>
#include <string>
#include <tensor-core.cuh>
#include <warpgroup.cuh>

namespace plinth::cuda {

extern unsigned char block_memory[];

namespace {

constexpr int lines = 64 + 128, inputs = 64, line_bytes = inputs * 2;
constexpr size_t bytes = lines * line_bytes + 2048;

struct Case {
  const uint16_t* values;
  float* output;
  std::string mistake;

  bool is(const char* name) const { return mistake == name; }
};

uint64_t described(uint32_t address, const Case& asked) {
  if (asked.is("start address")) address += 128;
  if (asked.is("outside")) address += bytes;
  const uint64_t stride = (asked.is("stride") ? 512 : 1024) >> 4, swizzle = asked.is("swizzle") ? 2 : 1;
  const uint64_t reserved = asked.is("reserved bits") ? 1 : 0;
  return (address & 0x3ffff) >> 4 | 1 << 16 | stride << 32 | reserved << 53 | swizzle << 62;
}

void copy_all(unsigned char* memory, const Case& asked) {
  for (int at = static_cast<int>(threadIdx.x); at < lines * 8; at += 128) {
    const int line = at / 8, word = asked.is("layout") ? at % 8 : at % 8 ^ line % 8;
    copy_or_clear(memory + line * line_bytes + word * 16, asked.values + at * 8, true);
  }
  close_copies();
}

void kernel(Case asked) {
  const uint32_t gap = asked.is("alignment") ? 0 : -shared_address(block_memory) % 1024;
  unsigned char* memory = block_memory + gap;
  float sums[64] = {};
  if (asked.mistake.rfind("begun early, ", 0) == 0) await_kernels();
  if (asked.is("copies that are not aligned")) copy_later<8>(memory + 4, asked.values);
  copy_all(memory, asked);
  if (!asked.is("copies on their way")) await_copies<0>();
  if (!asked.is("no fence of copies")) show_copies();
  __syncthreads();
  const uint32_t address = shared_address(memory);
  const uint32_t other = asked.is("threads that differ") && threadIdx.x >= 96 ? 128 : 0;
  uint64_t a = described(address, asked), b = described(address + 64 * line_bytes + other, asked);
  if (!asked.is("no fence of sums")) begin_products();
  if (!asked.is("threads that are missing") || threadIdx.x < 96)
    for (int word = 0; word < 8; word += 2) multiply_later(sums, a + word, b + word);
  close_products();
  if (asked.is("sums read early")) asked.output[threadIdx.x] = sums[0];
  if (asked.is("sums written early")) sums[3] = 0;
  if (asked.is("copies over what is read")) copy_all(memory, asked);
  if (asked.is("no wait")) return;
  await_products<0>();
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (asked.is("sums read early")) return;
  for (int i = 0; i < 64; ++i) {
    const int row = warp * 16 + lane / 4 + i % 4 / 2 * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
    asked.output[row * 128 + column] = sums[i];
  }
}

/** Small whole numbers: all sums are exact. */
float value_at(int line, int at) { return static_cast<float>((line * 7 + at * 5) % 13 - 6); }

int run(const std::string& mistake) {
  uint16_t* values = nullptr;
  float* output = nullptr;
  cudaStream_t stream = nullptr;
  cudaStreamCreateWithFlags(&stream, 0);
  cudaMalloc(reinterpret_cast<void**>(&values), lines * line_bytes);
  cudaMalloc(reinterpret_cast<void**>(&output), 64 * 128 * sizeof(float));
  for (int at = 0; at < lines * inputs; ++at)
    values[at] = static_cast<uint16_t>(__float_as_uint(value_at(at / inputs, at % inputs)) >> 16);
  if (mistake != "begun early, divided otherwise")
    cudaFuncSetAttribute(
        kernel, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared);
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(1);
  config.blockDim = dim3(128);
  config.dynamicSmemBytes = bytes;
  config.stream = stream;
  cudaLaunchAttribute early = {cudaLaunchAttributeProgrammaticStreamSerialization, {1}};
  config.attrs = &early;
  config.numAttrs = mistake.rfind("begun early", 0) == 0 ? 1 : 0;
  if (cudaLaunchKernelEx(&config, kernel, Case{values, output, mistake}) != cudaSuccess) return 1;
  int wrong = 0;
  for (int row = 0; row < 64; ++row)
    for (int column = 0; column < 128; ++column) {
      float sum = 0;
      for (int at = 0; at < inputs; ++at) sum += value_at(row, at) * value_at(64 + column, at);
      if (output[row * 128 + column] != sum) ++wrong;
    }
  std::printf("%s\n", wrong == 0 ? "right" : "wrong");
  return 0;
}

}  // namespace

}  // namespace plinth::cuda

int main(int, char** given) { return plinth::cuda::run(given[1]); }
