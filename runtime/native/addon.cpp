/** What Node calls: a model is made from plain values, bound to the arrays of a batch, and stepped. */
#include <napi.h>

#include "model.hpp"
#include "reading.hpp"

namespace plinth {

class NativeModel : public Napi::ObjectWrap<NativeModel> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "NativeModel",
        {InstanceMethod<&NativeModel::bind>("bind"), InstanceMethod<&NativeModel::step>("step"),
         InstanceMethod<&NativeModel::facts>("facts"), InstanceMethod<&NativeModel::close>("close")});
  }

  explicit NativeModel(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeModel>(info) {
    try {
      const Napi::Object given = info[0].As<Napi::Object>();
      std::vector<FileView> files;
      const Napi::Array names = given.Get("files").As<Napi::Array>();
      for (uint32_t i = 0; i < names.Length(); ++i)
        files.emplace_back(names.Get(i).As<Napi::String>().Utf8Value());
      const ModelOptions options = read_options(given);
      limits_ = options.limits;
      shape_ = options.shape;
      model_ = std::make_unique<Model>(options, read_tensors(given, files), read_adapters(given, files));
    } catch (const std::exception& problem) {
      throw Napi::Error::New(info.Env(), problem.what());
    }
  }

 private:
  /** Takes the arrays of a batch, which step reads and writes from then on. */
  void bind(const Napi::CallbackInfo& info) {
    const Napi::Object batch = info[0].As<Napi::Object>();
    step_ = read_step(batch, limits_, shape_);
    batch_ = Napi::Persistent(batch);
    arrays_ = Napi::Persistent(arrays_of(batch));
  }

  void step(const Napi::CallbackInfo& info) {
    if (!model_) throw Napi::Error::New(info.Env(), "the device is closed");
    if (batch_.IsEmpty()) throw Napi::Error::New(info.Env(), "no batch is bound");
    step_.sequences = info[0].As<Napi::Number>().Int32Value();
    step_.tokens = info[1].As<Napi::Number>().Int32Value();
    try {
      model_->step(step_);
    } catch (const std::range_error& problem) {
      throw Napi::RangeError::New(info.Env(), problem.what());
    } catch (const std::exception& problem) {
      throw Napi::Error::New(info.Env(), problem.what());
    }
  }

  Napi::Value facts(const Napi::CallbackInfo& info) {
    if (!model_) throw Napi::Error::New(info.Env(), "the device is closed");
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("path", model_->path());
    out.Set("weightBytes", static_cast<double>(model_->weight_bytes()));
    out.Set("kvCacheBytes", static_cast<double>(model_->cache_bytes()));
    out.Set("workspaceBytes", static_cast<double>(model_->workspace_bytes()));
    return out;
  }

  void close(const Napi::CallbackInfo&) {
    model_.reset();
    batch_.Reset();
    arrays_.Reset();
  }

  std::unique_ptr<Model> model_;
  Limits limits_ = {};
  Shape shape_ = {};
  Step step_ = {};
  Napi::ObjectReference batch_;
  /** Keeps the memory of the arrays, whatever becomes of the batch. */
  Napi::ObjectReference arrays_;
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
  exports.Set("NativeModel", NativeModel::define(env));
  exports.Set("paths", Napi::Function::New(env, paths));
  return exports;
}

NODE_API_MODULE(plinth, start)

}  // namespace plinth
