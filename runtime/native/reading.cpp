/** JavaScript values as those of the model. */
#include "reading.hpp"

#include <stdexcept>

namespace plinth {

namespace {

int integer(const Napi::Object& from, const char* name) {
  const Napi::Value value = from.Get(name);
  if (!value.IsNumber()) throw std::runtime_error(std::string(name) + " is no number");
  return value.As<Napi::Number>().Int32Value();
}

float number(const Napi::Object& from, const char* name) {
  const Napi::Value value = from.Get(name);
  if (!value.IsNumber()) throw std::runtime_error(std::string(name) + " is no number");
  return value.As<Napi::Number>().FloatValue();
}

bool flag(const Napi::Object& from, const char* name) {
  const Napi::Value value = from.Get(name);
  if (!value.IsBoolean()) throw std::runtime_error(std::string(name) + " is neither true nor false");
  return value.As<Napi::Boolean>().Value();
}

Element element_of(const std::string& name) {
  if (name == "BF16") return Element::bf16;
  if (name == "F16") return Element::f16;
  if (name == "F32") return Element::f32;
  throw std::runtime_error("tensors of " + name + " cannot be read");
}

/** A tensor that is absent has no data. */
Tensor tensor(const Napi::Object& from, const char* name, const std::vector<FileView>& files) {
  const Napi::Value value = from.Get(name);
  if (!value.IsObject()) return {};
  const Napi::Object place = value.As<Napi::Object>();
  const FileView& file = files.at(integer(place, "file"));
  const auto offset = static_cast<size_t>(place.Get("offset").As<Napi::Number>().Int64Value());
  const Element element = element_of(place.Get("type").As<Napi::String>().Utf8Value());
  const int rows = integer(place, "rows"), columns = integer(place, "columns");
  const int bits = place.Has("bits") ? integer(place, "bits") : 0;
  const int value_bytes = element == Element::f32 ? 4 : 2;
  const auto at = [&](const FileView& file, size_t offset, size_t bytes) {
    if (offset > file.bytes() || bytes > file.bytes() - offset)
      throw std::runtime_error(std::string(name) + " ends behind its file");
    return file.at(offset);
  };
  if (bits == 0)
    return {at(file, offset, static_cast<size_t>(rows) * columns * value_bytes), element, rows, columns};
  if (place.Get("float").IsObject()) {
    const FileView& scale_file = files.at(integer(place, "scaleFile"));
    const auto scale_offset = static_cast<size_t>(place.Get("scaleOffset").As<Napi::Number>().Int64Value());
    Tensor out = {at(file, offset, static_cast<size_t>(rows) * columns), Element::f8, rows, columns};
    out.has_one_scale = flag(place.Get("float").As<Napi::Object>(), "hasOneScale");
    out.scale_element = element;
    const size_t scales = out.has_one_scale ? 1 : rows;
    out.scales = at(scale_file, scale_offset, scales * value_bytes);
    return out;
  }
  const bool is_packed = flag(place, "isPacked");
  const int group = integer(place, "group");
  if ((bits != 4 && bits != 8) || group < 1 || columns % group != 0)
    throw std::runtime_error(std::string(name) + " is quantised in another way");
  const size_t row_bytes = is_packed ? (static_cast<size_t>(columns) * bits + 31) / 32 * 4 : columns;
  const FileView& scale_file = files.at(integer(place, "scaleFile"));
  const auto scale_offset = static_cast<size_t>(place.Get("scaleOffset").As<Napi::Number>().Int64Value());
  const size_t scale_bytes = static_cast<size_t>(rows) * (columns / group) * value_bytes;
  return {at(file, offset, rows * row_bytes), element, rows, columns, bits, is_packed, group,
          at(scale_file, scale_offset, scale_bytes)};
}

template <class T>
T* array(const Napi::Object& batch, const char* name, napi_typedarray_type type, size_t length) {
  const Napi::Value value = batch.Get(name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type ||
      value.As<Napi::TypedArray>().ElementLength() < length)
    throw Napi::TypeError::New(
        batch.Env(), std::string("the batch's ") + name + " is not what the limits ask");
  void* data = nullptr;
  napi_get_typedarray_info(batch.Env(), value, nullptr, nullptr, &data, nullptr, nullptr);
  return static_cast<T*>(data);
}

void read_experts(const Napi::Array& experts, const std::vector<FileView>& files, LayerTensors& to) {
  for (uint32_t i = 0; i < experts.Length(); ++i) {
    const Napi::Object expert = experts.Get(i).As<Napi::Object>();
    to.experts.push_back(
        {tensor(expert, "gate", files), tensor(expert, "up", files), tensor(expert, "down", files)});
  }
}

/** How heads are rotated, and which of it each layer takes. */
void read_ropes(const Napi::Object& given, ModelOptions& out) {
  const Napi::Array ropes = given.Get("ropes").As<Napi::Array>();
  for (uint32_t i = 0; i < ropes.Length(); ++i) {
    const Napi::Object rope = ropes.Get(i).As<Napi::Object>();
    const Napi::Float32Array turns = rope.Get("turns").As<Napi::Float32Array>();
    if (static_cast<int>(turns.ElementLength()) != out.shape.head_values / 2)
      throw std::runtime_error("turns are not half a head");
    out.ropes.push_back({{turns.Data(), turns.Data() + turns.ElementLength()}, number(rope, "scale")});
  }
  const Napi::Array kinds = given.Get("kinds").As<Napi::Array>();
  for (uint32_t i = 0; i < kinds.Length(); ++i) {
    const Napi::Object kind = kinds.Get(i).As<Napi::Object>();
    out.kinds.push_back({integer(kind, "window"), integer(kind, "rope")});
    if (out.kinds[i].rope < 0 || out.kinds[i].rope >= static_cast<int>(out.ropes.size()))
      throw std::runtime_error("a layer's turns are none of the model's");
  }
  if (static_cast<int>(out.kinds.size()) != out.shape.layers)
    throw std::runtime_error("kinds are not as many as layers");
}

}  // namespace

ModelOptions read_options(const Napi::Object& given) {
  const Napi::Object shape = given.Get("shape").As<Napi::Object>();
  const Napi::Object limits = given.Get("limits").As<Napi::Object>();
  ModelOptions out;
  out.shape = {
      integer(shape, "layers"), integer(shape, "hidden"), integer(shape, "intermediate"),
      integer(shape, "heads"), integer(shape, "kvHeads"), integer(shape, "headDim"),
      integer(shape, "vocabulary"), number(shape, "normEpsilon"), number(shape, "normShift"),
      number(shape, "embeddingScale"), number(shape, "attentionScale"), number(shape, "attentionCap"),
      number(shape, "logitCap"), flag(shape, "isGelu"),
      {integer(shape, "experts"), integer(shape, "chosenExperts"), integer(shape, "expertIntermediate"),
       flag(shape, "hasNormalisedShares")}};
  out.limits = {
      integer(limits, "stepTokens"), integer(limits, "sequences"), integer(limits, "sequenceTokens"),
      integer(limits, "topLogprobs"), integer(limits, "adjustments"), integer(limits, "draftTokens")};
  out.blocks = integer(given, "blocks");
  out.memory_share = number(given, "memoryShare");
  out.is_fp8_cache = flag(given, "isFp8Cache");
  const Napi::Array libraries = given.Get("libraries").As<Napi::Array>();
  for (uint32_t i = 0; i < libraries.Length(); ++i)
    out.libraries.push_back(libraries.Get(i).As<Napi::String>().Utf8Value());
  out.library_rows = integer(given, "libraryRows");
  out.threads = integer(given, "threads");
  out.path = given.Get("path").As<Napi::String>().Utf8Value();
  out.is_exact = flag(given, "isExact");
  read_ropes(given, out);
  return out;
}

std::vector<AdapterTensors> read_adapters(const Napi::Object& given, const std::vector<FileView>& files) {
  std::vector<AdapterTensors> out;
  const Napi::Array all = given.Get("adapters").As<Napi::Array>();
  for (uint32_t i = 0; i < all.Length(); ++i) {
    const Napi::Object from = all.Get(i).As<Napi::Object>();
    AdapterTensors adapter;
    adapter.rank = integer(from, "rank");
    adapter.scale = number(from, "scale");
    const Napi::Array layers = from.Get("layers").As<Napi::Array>();
    for (uint32_t index = 0; index < layers.Length(); ++index) {
      const Napi::Object layer = layers.Get(index).As<Napi::Object>();
      const auto pair = [&](const char* name) -> AdapterPair {
        const Napi::Value value = layer.Get(name);
        if (!value.IsObject()) return {};
        const Napi::Object both = value.As<Napi::Object>();
        return {tensor(both, "down", files), tensor(both, "up", files)};
      };
      adapter.layers.push_back(
          {pair("query"), pair("key"), pair("value"), pair("output"), pair("gate"), pair("up"),
           pair("down")});
    }
    out.push_back(std::move(adapter));
  }
  return out;
}

ModelTensors read_tensors(const Napi::Object& given, const std::vector<FileView>& files) {
  const Napi::Object all = given.Get("tensors").As<Napi::Object>();
  ModelTensors out;
  out.embedding = tensor(all, "embedding", files);
  out.final_norm = tensor(all, "finalNorm", files);
  out.head = tensor(all, "head", files);
  const Napi::Array layers = all.Get("layers").As<Napi::Array>();
  for (uint32_t i = 0; i < layers.Length(); ++i) {
    const Napi::Object layer = layers.Get(i).As<Napi::Object>();
    LayerTensors to;
    const std::pair<const char*, Tensor*> places[] = {
        {"inputNorm", &to.input_norm},
        {"postNorm", &to.post_norm},
        {"attentionNorm", &to.attention_norm},
        {"feedForwardNorm", &to.feed_forward_norm},
        {"query", &to.query},
        {"key", &to.key},
        {"value", &to.value},
        {"output", &to.output},
        {"queryBias", &to.query_bias},
        {"keyBias", &to.key_bias},
        {"valueBias", &to.value_bias},
        {"outputBias", &to.output_bias},
        {"queryNorm", &to.query_norm},
        {"keyNorm", &to.key_norm},
        {"gate", &to.gate},
        {"up", &to.up},
        {"down", &to.down},
        {"router", &to.router}};
    for (const auto& [name, place] : places) *place = tensor(layer, name, files);
    if (layer.Get("experts").IsArray()) read_experts(layer.Get("experts").As<Napi::Array>(), files, to);
    out.layers.push_back(to);
  }
  return out;
}

Step read_step(const Napi::Object& batch, const Limits& limits, const Shape& shape) {
  const size_t sequences = limits.sequences, tokens = limits.step_tokens, changes = limits.adjustments;
  const size_t rows = sequences * (1 + limits.draft_tokens), tops = rows * limits.top_logprobs;
  const int blocks = (limits.sequence_tokens + block_tokens - 1) / block_tokens,
            words = (shape.vocabulary + 31) / 32;
  const auto ints = [&](const char* name, size_t length) {
    return array<int32_t>(batch, name, napi_int32_array, length);
  };
  const auto floats = [&](const char* name, size_t length) {
    return array<float>(batch, name, napi_float32_array, length);
  };
  const auto flags = [&](const char* name) {
    return array<uint8_t>(batch, name, napi_uint8_array, sequences);
  };
  if (integer(batch, "blocksPerSequence") < blocks || integer(batch, "maskWords") < words ||
      integer(batch, "rowsPerSequence") != 1 + limits.draft_tokens)
    throw Napi::TypeError::New(batch.Env(), "the batch was made for other limits");
  Step out = {};
  out.token_ids = ints("tokenIds", tokens);
  out.positions = ints("positions", tokens);
  out.query_start = ints("queryStart", sequences + 1);
  out.context_length = ints("contextLength", sequences);
  out.blocks_per_sequence = integer(batch, "blocksPerSequence");
  out.block_table = ints("blockTable", sequences * out.blocks_per_sequence);
  out.adapter = ints("adapter", sequences);
  out.is_sampled = flags("isSampled");
  out.draft_tokens = flags("draftTokens");
  out.rows_per_sequence = integer(batch, "rowsPerSequence");
  out.temperature = floats("temperature", sequences);
  out.top_k = ints("topK", sequences);
  out.top_p = floats("topP", sequences);
  out.min_p = floats("minP", sequences);
  out.seed = array<uint64_t>(batch, "seed", napi_biguint64_array, sequences);
  out.logprobs = ints("logprobs", sequences);
  out.adjust_start = ints("adjustStart", sequences + 1);
  out.adjust_token = ints("adjustToken", changes);
  out.adjust_scale = floats("adjustScale", changes);
  out.adjust_add = floats("adjustAdd", changes);
  out.is_masked = flags("isMasked");
  out.mask_words = integer(batch, "maskWords");
  out.allowed = ints("allowed", sequences * out.mask_words);
  out.pooling = reinterpret_cast<const Pooling*>(flags("pooling"));
  out.pooled = floats("pooled", sequences * shape.hidden);
  out.sampled = ints("sampled", rows);
  out.status = ints("status", rows);
  out.logprob = floats("logprob", rows);
  out.top_tokens = ints("topTokens", tops);
  out.top_logprob = floats("topLogprob", tops);
  return out;
}

Napi::Object arrays_of(const Napi::Object& batch) {
  Napi::Array out = Napi::Array::New(batch.Env());
  const Napi::Array names = batch.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const Napi::Value value = batch.Get(names.Get(i));
    if (value.IsTypedArray()) out.Set(out.Length(), value.As<Napi::TypedArray>().ArrayBuffer());
  }
  return out;
}

}  // namespace plinth
