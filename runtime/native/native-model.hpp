/**
 * What Node calls: a model is made from plain values, bound to the arrays of two batches, and computes one
 * step after the other, each begun by one call and awaited by others.
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
  /** Of a batch that steps read and write. */
  struct Bound {
    Step step = {};
    bool is_running = false;
    Napi::ObjectReference batch;
    /** Keeps the memory of the arrays, whatever becomes of the batch. */
    Napi::ObjectReference arrays;
  };
  static constexpr int most = 2;

  /** Takes the arrays of a batch, under number 0 or 1. */
  void bind(const Napi::CallbackInfo& info) {
    Bound& bound = bound_at(info);
    const Napi::Object batch = info[1].As<Napi::Object>();
    bound.step = read_step(batch, limits_, shape_);
    bound.batch = Napi::Persistent(batch);
    bound.arrays = Napi::Persistent(arrays_of(batch));
  }

  void start(const Napi::CallbackInfo& info) {
    require_open(info);
    Bound& bound = bound_at(info);
    if (running_ == Device::Model::steps_at_once) throw Napi::Error::New(info.Env(), "a step is under way");
    if (bound.batch.IsEmpty()) throw Napi::Error::New(info.Env(), "no batch is bound");
    bound.step.sequences = info[1].As<Napi::Number>().Int32Value();
    bound.step.tokens = info[2].As<Napi::Number>().Int32Value();
    told(info, [this, &bound] { model_->start(bound.step); });
    bound.is_running = true;
    order_[running_++] = &bound;
  }

  /** Whether the first step has ended; waits for it, for so many milliseconds at most. */
  Napi::Value finish(const Napi::CallbackInfo& info) {
    require_open(info);
    if (running_ == 0) throw Napi::Error::New(info.Env(), "no step is under way");
    const double milliseconds = info[0].As<Napi::Number>().DoubleValue();
    bool is_over = true;
    try {
      told(info, [this, milliseconds, &is_over] { is_over = model_->finish(milliseconds); });
    } catch (...) {
      // One that ends in an error has ended.
      take_first();
      throw;
    }
    if (is_over) take_first();
    return Napi::Boolean::New(info.Env(), is_over);
  }

  void take_first() {
    order_[0]->is_running = false;
    order_[0] = order_[1];
    --running_;
  }

  Napi::Value facts(const Napi::CallbackInfo& info) {
    require_open(info);
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("path", model_->path());
    out.Set("stepsAtOnce", Device::Model::steps_at_once);
    Device::tell(*model_, out);
    out.Set("weightBytes", static_cast<double>(model_->weight_bytes()));
    out.Set("kvCacheBytes", static_cast<double>(model_->cache_bytes()));
    out.Set("workspaceBytes", static_cast<double>(model_->workspace_bytes()));
    return out;
  }

  void close(const Napi::CallbackInfo&) {
    model_.reset();
    for (Bound& bound : bound_) bound = {};
    running_ = 0;
  }

  void require_open(const Napi::CallbackInfo& info) const {
    if (!model_) throw Napi::Error::New(info.Env(), "the device is closed");
  }

  /** Its arrays are not those of a step that is under way. */
  Bound& bound_at(const Napi::CallbackInfo& info) {
    const int place = info[0].As<Napi::Number>().Int32Value();
    if (place < 0 || place >= most) throw Napi::RangeError::New(info.Env(), "there are batches 0 and 1");
    if (bound_[place].is_running) throw Napi::Error::New(info.Env(), "a step is under way");
    return bound_[place];
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
  Bound bound_[most];
  /** Those that are under way, as they were begun. */
  Bound* order_[most] = {};
  int running_ = 0;
};

}  // namespace plinth
