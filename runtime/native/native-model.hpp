/**
 * What Node calls: a model is made from plain values, bound to the arrays of a batch, and computes one step
 * after the other, each begun by one call and awaited by others.
 */
#pragma once
#include <napi.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "reading.hpp"

namespace plinth {

/** `Device` says which model it is, how it is made, and what it tells beside the facts of all. */
template <class Device>
class NativeModel : public Napi::ObjectWrap<NativeModel<Device>> {
 public:
  static Napi::Function define(Napi::Env env) {
    return NativeModel::DefineClass(
        env, "NativeModel",
        {NativeModel::template InstanceMethod<&NativeModel::bind>("bind"),
         NativeModel::template InstanceMethod<&NativeModel::start>("start"),
         NativeModel::template InstanceMethod<&NativeModel::finish>("finish"),
         NativeModel::template InstanceMethod<&NativeModel::facts>("facts"),
         NativeModel::template InstanceMethod<&NativeModel::close>("close")});
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
      model_ = Device::make(options, given, files);
    } catch (const std::exception& problem) {
      throw Napi::Error::New(info.Env(), problem.what());
    }
  }

 private:
  /** Takes the arrays of a batch, which steps read and write from then on. */
  void bind(const Napi::CallbackInfo& info) {
    require_no_step(info);
    const Napi::Object batch = info[0].As<Napi::Object>();
    step_ = read_step(batch, limits_, shape_);
    batch_ = Napi::Persistent(batch);
    arrays_ = Napi::Persistent(arrays_of(batch));
  }

  void start(const Napi::CallbackInfo& info) {
    require_open(info);
    require_no_step(info);
    if (batch_.IsEmpty()) throw Napi::Error::New(info.Env(), "no batch is bound");
    step_.sequences = info[0].As<Napi::Number>().Int32Value();
    step_.tokens = info[1].As<Napi::Number>().Int32Value();
    told(info, [this] { model_->start(step_); });
    is_running_ = true;
  }

  /** Whether the step has ended; waits for it, for so many milliseconds at most. */
  Napi::Value finish(const Napi::CallbackInfo& info) {
    require_open(info);
    if (!is_running_) throw Napi::Error::New(info.Env(), "no step is under way");
    const double milliseconds = info[0].As<Napi::Number>().DoubleValue();
    // One that ends in an error has ended.
    is_running_ = false;
    told(info, [this, milliseconds] { is_running_ = !model_->finish(milliseconds); });
    return Napi::Boolean::New(info.Env(), !is_running_);
  }

  Napi::Value facts(const Napi::CallbackInfo& info) {
    require_open(info);
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("path", model_->path());
    Device::tell(*model_, out);
    out.Set("weightBytes", static_cast<double>(model_->weight_bytes()));
    out.Set("kvCacheBytes", static_cast<double>(model_->cache_bytes()));
    out.Set("workspaceBytes", static_cast<double>(model_->workspace_bytes()));
    return out;
  }

  void close(const Napi::CallbackInfo&) {
    model_.reset();
    batch_.Reset();
    arrays_.Reset();
    is_running_ = false;
  }

  void require_open(const Napi::CallbackInfo& info) const {
    if (!model_) throw Napi::Error::New(info.Env(), "the device is closed");
  }

  void require_no_step(const Napi::CallbackInfo& info) const {
    if (is_running_) throw Napi::Error::New(info.Env(), "a step is under way");
  }

  template <class Work>
  static void told(const Napi::CallbackInfo& info, const Work& work) {
    try {
      work();
    } catch (const std::range_error& problem) {
      throw Napi::RangeError::New(info.Env(), problem.what());
    } catch (const std::exception& problem) {
      throw Napi::Error::New(info.Env(), problem.what());
    }
  }

  std::unique_ptr<typename Device::Model> model_;
  Limits limits_ = {};
  Shape shape_ = {};
  Step step_ = {};
  bool is_running_ = false;
  Napi::ObjectReference batch_;
  /** Keeps the memory of the arrays, whatever becomes of the batch. */
  Napi::ObjectReference arrays_;
};

}  // namespace plinth
