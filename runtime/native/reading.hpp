/** JavaScript values as those of the model; runtime/device/native.ts writes them. */
#pragma once
#include <napi.h>

#include <vector>

#include "model.hpp"

namespace plinth {

ModelOptions read_options(const Napi::Object& given);

/** The files must outlive the tensors. */
ModelTensors read_tensors(const Napi::Object& given, const std::vector<FileView>& files);

std::vector<AdapterTensors> read_adapters(const Napi::Object& given, const std::vector<FileView>& files);

/** Throws a TypeError for an array that is shorter than the limits ask. */
Step read_step(const Napi::Object& batch, const Limits& limits, const Shape& shape);

/** An array of the batch's own arrays. */
Napi::Object arrays_of(const Napi::Object& batch);

}  // namespace plinth
