/** A CUDA device as a device of Node's. */
#include <napi.h>

#include "../native-model.hpp"
#include "model.hpp"

namespace plinth::cuda {

struct Gpu {
  using Model = plinth::cuda::Model;
  static std::unique_ptr<Model> make(
      const ModelOptions& options, const Napi::Object& given, const std::vector<FileView>& files) {
    return std::make_unique<Model>(options, read_tensors(given, files));
  }
  static void tell(const Model& model, Napi::Object& out) { out.Set("name", model.name()); }
};

/** What devices there are, or why there are none. */
Napi::Value devices(const Napi::CallbackInfo& info) {
  Napi::Object out = Napi::Object::New(info.Env());
  Napi::Array names = Napi::Array::New(info.Env());
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  for (int i = 0; code == cudaSuccess && i < count; ++i) {
    cudaDeviceProp facts;
    if (cudaGetDeviceProperties(&facts, i) == cudaSuccess) names.Set(names.Length(), facts.name);
  }
  out.Set("names", names);
  if (code != cudaSuccess) out.Set("reason", cudaGetErrorString(code));
  return out;
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeModel", NativeModel<Gpu>::define(env));
  exports.Set("devices", Napi::Function::New(env, devices));
  return exports;
}

NODE_API_MODULE(plinth_cuda, start)

}  // namespace plinth::cuda
