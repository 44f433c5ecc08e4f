/** A CUDA device as a device of Node's. */
#include <napi.h>

#include <algorithm>

#include "../native-model.hpp"
#include "ranks.hpp"
#include "timing.hpp"
#include "warpgroup-product.hpp"

namespace plinth::cuda {

/** GPUs that share the model, and how. */
RankOptions read_ranks(const Napi::Object& given) {
  const Napi::Object parallel = given.Get("parallel").As<Napi::Object>();
  RankOptions out;
  out.ranks = parallel.Get("ranks").As<Napi::Number>().Int32Value();
  out.seconds = parallel.Get("seconds").As<Napi::Number>().DoubleValue();
  const Napi::Array libraries = parallel.Get("libraries").As<Napi::Array>();
  for (uint32_t i = 0; i < libraries.Length(); ++i)
    out.libraries.push_back(libraries.Get(i).As<Napi::String>().Utf8Value());
  return out;
}

struct Gpu {
  using Model = Ranks;
  static std::unique_ptr<Model> make(
      const ModelOptions& options, const Napi::Object& given, const std::vector<FileView>& files) {
    return std::make_unique<Model>(
        options, read_tensors(given, files), read_adapters(given, files), read_ranks(given));
  }
  static void tell(const Model& model, Napi::Object& out) {
    out.Set("name", model.name());
    out.Set("blocks", model.blocks());
  }
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

/** What of the device's memory nobody has, and all of it. */
Napi::Value memory(const Napi::CallbackInfo& info) {
  size_t free = 0, total = 0;
  const cudaError_t code = cudaMemGetInfo(&free, &total);
  if (code != cudaSuccess) throw Napi::Error::New(info.Env(), cudaGetErrorString(code));
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("freeBytes", static_cast<double>(free));
  out.Set("totalBytes", static_cast<double>(total));
  return out;
}

/** Whether the first device multiplies by warpgroups, and as it should. */
Napi::Value wgmma(const Napi::CallbackInfo& info) {
  cudaStream_t stream = nullptr;
  std::string told = "checked";
  try {
    cudaDeviceProp facts;
    require(cudaSetDevice(0), "the device cannot be used");
    require(cudaGetDeviceProperties(&facts, 0), "the device says nothing of itself");
    if (!WarpgroupProducts::has(facts)) return Napi::String::New(info.Env(), "none");
    require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "there is no stream");
    prepare_product();
    const WarpgroupProducts checked(facts, stream);
  } catch (const std::exception& problem) {
    told = std::string("not used: ") + problem.what();
  }
  if (stream) cudaStreamDestroy(stream);
  return Napi::String::New(info.Env(), told);
}

/** Milliseconds of one launch of the named kernel, for each repeat. */
Napi::Value time(const Napi::CallbackInfo& info) {
  const Napi::Object given = info[1].As<Napi::Object>();
  const auto number = [&](const char* name) { return given.Get(name).As<Napi::Number>(); };
  TimedShape shape;
  shape.rows = number("rows").Int32Value();
  shape.inputs = number("inputs").Int32Value();
  shape.outputs = number("outputs").Int32Value();
  shape.context = number("contextTokens").Int32Value();
  shape.heads = number("heads").Int32Value();
  shape.kv_heads = number("kvHeads").Int32Value();
  shape.head_values = number("headDim").Int32Value();
  shape.vocabulary = number("vocabulary").Int32Value();
  shape.temperature = number("temperature").FloatValue();
  shape.top_p = number("topP").FloatValue();
  try {
    const std::string kernel = info[0].As<Napi::String>().Utf8Value();
    const int launches = number("launches").Int32Value(), repeats = number("repeats").Int32Value();
    const std::vector<double> times = time_kernel(kernel, shape, launches, repeats);
    Napi::Float64Array out = Napi::Float64Array::New(info.Env(), times.size());
    std::copy(times.begin(), times.end(), out.Data());
    return out;
  } catch (const std::exception& problem) {
    throw Napi::Error::New(info.Env(), problem.what());
  }
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeModel", NativeModel<Gpu>::define(env));
  exports.Set("devices", Napi::Function::New(env, devices));
  exports.Set("memory", Napi::Function::New(env, memory));
  exports.Set("wgmma", Napi::Function::New(env, wgmma));
  exports.Set("time", Napi::Function::New(env, time));
  return exports;
}

NODE_API_MODULE(plinth_cuda, start)

}  // namespace plinth::cuda
