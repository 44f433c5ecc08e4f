/** The processor as a device of Node's. */
#include <napi.h>

#include "model.hpp"
#include "native-model.hpp"

namespace plinth {

struct Processor {
  using Model = plinth::Model;
  static std::unique_ptr<Model> make(
      const ModelOptions& options, const Napi::Object& given, const std::vector<FileView>& files) {
    if (options.is_fp8_cache) throw std::runtime_error("the processor has no KV cache of fp8");
    if (options.blocks < 1) throw std::runtime_error("the processor's KV cache needs a size");
    return std::make_unique<Model>(options, read_tensors(given, files), read_adapters(given, files));
  }
  static void tell(const Model&, Napi::Object&) {}
};

/** The names of the paths that can run here. */
Napi::Value paths(const Napi::CallbackInfo& info) {
  Napi::Array out = Napi::Array::New(info.Env());
  const std::pair<const char*, Path> all[] = {
      {"amx", Path::amx}, {"avx512", Path::avx512}, {"avx2", Path::avx2}, {"portable", Path::portable}};
  for (const auto& [name, path] : all) {
    if (can_run(path)) out.Set(out.Length(), name);
  }
  return out;
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeModel", NativeModel<Processor>::define(env));
  exports.Set("paths", Napi::Function::New(env, paths));
  return exports;
}

NODE_API_MODULE(plinth, start)

}  // namespace plinth
